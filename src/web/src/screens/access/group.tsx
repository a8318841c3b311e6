import { useState } from "preact/hooks";
import { get } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Fact, Facts, Link, Page, Section, Shown, Time, useNames } from "../../ui";
import { Members } from "./members";
import type { Shown as Group } from "./rows";
import "../../style/access.css";

const MANY = 1000; // members of which the groups are looked for
const DEEP = 8;

const read = (id: string, signal: AbortSignal) => get<Group>(to`groups/${id}`, { limit: MANY }, signal);
const groupsIn = (group: Group) => group.members.filter((one) => one.kind === "group");

// A group within a group, opened when somebody asks. What is above itself is not opened again.
function Nested(props: { id: string; name: string; above: readonly string[] }) {
	const { id, name, above } = props;
	const [open, setOpen] = useState(false);
	const circle = above.includes(id);
	return (
		<li>
			<Link to={to`/groups/${id}`}>{name}</Link>{" "}
			{circle ? (
				<span class="quiet">{t("access.group_circle")}</span>
			) : (
				<button type="button" class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
					{t(open ? "access.group_close" : "access.group_open", { name })}
				</button>
			)}
			{open && <Within id={id} above={[...above, id]} />}
		</li>
	);
}

function Within(props: { id: string; above: readonly string[] }) {
	const loaded = useLoad((signal) => read(props.id, signal), [props.id], ["groups"]);
	return (
		<Shown of={loaded}>
			{(group) => {
				const inner = groupsIn(group);
				return (
					<div class="nested">
						<p class="quiet">{t("access.group_has", { n: group.member_count - inner.length, groups: number(inner.length) })}</p>
						{props.above.length < DEEP && <NestedList of={inner} above={props.above} />}
					</div>
				);
			}}
		</Shown>
	);
}

function NestedList(props: { of: Group["members"]; above: readonly string[] }) {
	if (props.of.length === 0) return null;
	return (
		<ul class="nested-groups">
			{props.of.map((one) => (
				<Nested key={one.id} id={one.id} name={one.name} above={props.above} />
			))}
		</ul>
	);
}

export default function GroupPage() {
	const { id = "" } = useNames();
	const loaded = useLoad((signal) => read(id, signal), [id], ["groups"]);
	const group = loaded.value;
	return (
		<Page
			title={group?.common_name ?? t("access.group")}
			lead={group?.description?.[0]}
			back={<Link to="/groups">{t("access.groups")}</Link>}
			actions={
				group &&
				may("audit.view") && (
					<Link to={`/audit?target=${group.id}`} class="button">
						{t("access.history")}
					</Link>
				)
			}
		>
			<Shown of={loaded}>
				{(group) => {
					const inner = groupsIn(group);
					return (
						<div class="page">
							<Facts>
								<Fact name={t("access.members_direct")}>{number(group.member_count)}</Fact>
								<Fact name={t("access.modified")}>
									<Time at={group.modified} />
								</Fact>
							</Facts>
							{inner.length > 0 && (
								<Section title={t("access.groups_within")}>
									<p class="quiet">{t("access.groups_within_lead")}</p>
									<NestedList of={inner} above={[group.id]} />
								</Section>
							)}
							<Section title={t("access.people_direct")}>
								<Members kind="group" id={group.id} name={group.common_name} changed={loaded.reload} />
							</Section>
						</div>
					);
				}}
			</Shown>
		</Page>
	);
}
