import { attributeTitle } from "../../attributes";
import { list } from "../../api";
import { t, tWord } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, DataTable, Empty, Link, Time } from "../../ui";
import type { Person } from "../users/people";
import { type AuditRow, changeText } from "./history-rows";
import { NotAllowed } from "./not-allowed";

// All that happened to the person, the newest first.
export function History(props: { person: Person }) {
	const { person } = props;
	if (!may("audit.view")) return <NotAllowed permission="audit.view" />;
	return (
		<>
			<p>
				<Link to={`/audit?target=${encodeURIComponent(person.id)}`}>{t("person.history_audit")}</Link>
			</p>
			<DataTable<AuditRow>
				name="history"
				caption={t("person.tab_history")}
				views
				columns={[
					{ name: "time", title: t("person.time"), cell: (row) => <Time at={row.time} /> },
					{
						name: "action",
						title: t("users.job_action"),
						cell: (row) => (
							<>
								{tWord("person.action_", row.action.replaceAll(".", "_")) === row.action.replaceAll(".", "_")
									? row.action
									: tWord("person.action_", row.action.replaceAll(".", "_"))}{" "}
								{row.outcome === "denied" && <Badge tone="bad">{t("person.refused")}</Badge>}
							</>
						),
					},
					{
						name: "actor",
						title: t("person.actor"),
						cell: (row) => (
							<>
								{row.actor.name} <span class="quiet">{tWord("person.actor_", row.actor.type)}</span>
							</>
						),
					},
					{ name: "channel", title: t("person.channel"), cell: (row) => tWord("person.channel_", row.request.channel) },
					{ name: "changes", title: t("person.changes"), cell: (row) => <Changes row={row} /> },
				]}
				load={({ cursor, limit }, signal) =>
					list<AuditRow>(to`users/${person.id}/audit`, { cursor, limit }, signal)
				}
				topics={["audit", "users"]}
				id={(row) => row.id}
				empty={<Empty kind="none" title={t("person.no_history")} />}
			/>
		</>
	);
}

const OPEN = 3; // more are folded

function Changes(props: { row: AuditRow }) {
	const { changes, reason } = props.row;
	const rows = (
		<ul>
			{changes.map((change) => (
				<li key={change.path}>
					{attributeTitle(change.path)}: {changeText(change, t("shell.diff_empty"))}
				</li>
			))}
		</ul>
	);
	return (
		<>
			{reason && <p>{t("person.reason", { reason })}</p>}
			{changes.length === 0 ? (
				"–"
			) : changes.length <= OPEN ? (
				rows
			) : (
				<details>
					<summary>{t("person.changes_count", { n: changes.length })}</summary>
					{rows}
				</details>
			)}
		</>
	);
}
