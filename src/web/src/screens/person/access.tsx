import { useState } from "preact/hooks";
import { list } from "../../api";
import { t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, setQuery, to } from "../../router";
import { may } from "../../session";
import { Empty, Link, Scroll, Section, Shown } from "../../ui";
import { type Company, emptyScopeMeansAll, labelOf } from "../users/company";
import type { Person } from "../users/people";
import { Containers } from "./containers";
import { Why } from "./why";
import { byGroup, type Permission, searched } from "./why-steps";
import "../../style/lists.css";

// The roles, what they come to, and why.
export function Access(props: { person: Person; company: Company; reload: () => void }) {
	const { person, company, reload } = props;
	const loaded = useLoad(
		(signal) => list<Permission>(to`users/${person.id}/permissions`, {}, signal),
		[person.id, person.revision, person.roles.join()],
		["users", "roles"],
	);
	return (
		<>
			<Section title={labelOf(company, "roles")}>
				<Containers what="roles" person={person} company={company} reload={reload} />
			</Section>
			<Why id={person.id} held={loaded.value?.items ?? []} />
			<Section title={t("person.effective")}>
				{person.full_access && <p>{t("person.full_access_lead")}</p>}
				<Shown of={loaded}>
					{({ items }) =>
						items.length === 0 ? (
							<Empty kind="new" title={t("person.no_permission")}>
								{t("person.no_permission_lead")}
							</Empty>
						) : (
							<Effective items={items} everywhere={person.scopes.length === 0 && emptyScopeMeansAll(company)} />
						)
					}
				</Shown>
			</Section>
		</>
	);
}

function Effective(props: { items: Permission[]; everywhere: boolean }) {
	const [text, setText] = useState("");
	const found = searched(props.items, text);
	return (
		<>
			<div class="filter">
				<label for="permission-search">{t("person.search_permission")}</label>
				<input
					id="permission-search"
					type="search"
					value={text}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
			</div>
			{found.length === 0 && <p>{t("person.no_permission_found")}</p>}
			{found.length > 0 && (
				<Scroll label={t("person.effective")}>
					<table class="effective">
						<caption class="hidden">{t("person.effective")}</caption>
						<thead>
							<tr>
								<th scope="col">{t("person.permission")}</th>
								<th scope="col">{t("person.granted_by")}</th>
								<th scope="col">{t("person.where")}</th>
								<th scope="col">{t("person.why")}</th>
							</tr>
						</thead>
						{byGroup(found).map(([group, rows]) => (
							<tbody key={group}>
								<tr class="group">
									<th scope="rowgroup" colSpan={4}>
										{tWord("person.group_", group)}
									</th>
								</tr>
								{rows.map((row) => (
									<Row key={row.permission} row={row} everywhere={props.everywhere} />
								))}
							</tbody>
						))}
					</table>
				</Scroll>
			)}
		</>
	);
}

function Row(props: { row: Permission; everywhere: boolean }) {
	const { row } = props;
	const label = row.label ?? row.permission;
	return (
		<tr>
			<th scope="row">
				{label} <code class="quiet">{row.permission}</code>
			</th>
			<td>
				{row.roles.length === 0
					? tWord("person.granted_", row.granted_by)
					: row.roles.map((role, i) => (
							<span key={role.id}>
								{i > 0 && ", "}
								{may("roles.view") ? <Link to={to`/roles/${role.id}`}>{role.name}</Link> : role.name}
							</span>
						))}
			</td>
			<td>
				{row.own ? t("person.where_own") : t(row.scoped && !props.everywhere ? "person.where_scoped" : "person.where_everywhere")}
			</td>
			<td>
				<button
					type="button"
					aria-label={t("person.why_of", { permission: label })}
					aria-pressed={query.value.get("why") === row.permission}
					onClick={() => setQuery({ why: row.permission })}
				>
					{t("person.why")}
				</button>
			</td>
		</tr>
	);
}
