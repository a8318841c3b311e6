import { useState } from "preact/hooks";
import { list, type Page as Answer } from "../../api";
import { number, t, tWord } from "../../i18n";
import { query, setQuery } from "../../router";
import { Badge, type Column, type Filter, type ListAsk, Pick, Time } from "../../ui";
import { PartyName } from "./detail";
import { findActors, findTargets } from "./find";
import { type AuditRow, nameOf, withinOf } from "./rows";

const kinds = ["user", "role", "scope", "group", "directory", "plan", "conflict", "client", "webhook", "tenant", "policy", "permission", "app", "job", "import"] as const;
const verbs = ["created", "updated", "deleted"] as const;
const channels = ["api", "scim", "ldap", "sync", "ctl", "csv", "internal"] as const;
const FURTHER = 5; // an answer may end before it has found anything; more than so often nobody waits

// An answer looks at so many rows and no more. What finds little goes on for a while.
export async function search(
	target: "audit" | "/api/v1/all/audit",
	asked: ListAsk,
	more: Record<string, string | undefined>,
	signal: AbortSignal,
): Promise<Answer<AuditRow>> {
	let cursor = asked.cursor;
	for (let round = 0; ; round++) {
		const answer = await list<AuditRow>(target, { ...more, cursor, limit: asked.limit }, signal);
		if (answer.items.length > 0 || !answer.next_cursor || round === FURTHER) return answer;
		cursor = answer.next_cursor;
	}
}

function DateField(props: { label: string; value: string | undefined; set: (value: string | null) => void }) {
	return (
		<label>
			{props.label}
			<input type="date" value={props.value ?? ""} onChange={(event) => props.set(event.currentTarget.value || null)} />
		</label>
	);
}

// `of`: the audit of one company, or that of all, which no object of one is asked of.
export function useFilters(rows: readonly AuditRow[], of: "one" | "all"): Filter[] {
	const [picked, setPicked] = useState<Record<string, string>>({});
	const title = (id: string) => picked[id] ?? nameOf(id, rows) ?? id;
	const someone = (name: string, label: string, find: typeof findActors): Filter => ({
		name,
		title: label,
		titleOf: title,
		control: (value, set) => (
			<Pick
				label={label}
				search={find}
				shown={value === undefined ? t("shell.filter_any") : title(value)}
				take={(one) => {
					setPicked((old) => ({ ...old, [one.id]: one.title }));
					set(one.id);
				}}
			/>
		),
	});
	const day = (name: string, label: string): Filter => ({
		name,
		title: label,
		control: (value, set) => <DateField label={label} value={value} set={set} />,
	});
	return [
		someone("actor", t("audit.actor"), findActors),
		...(of === "one" ? [someone("target", t("audit.target"), findTargets)] : []),
		{
			name: "action",
			title: t("audit.action"),
			titleOf: actionTitle,
			options: kinds.flatMap((kind) => [
				{ value: `${kind}.*`, title: t("audit.any_of", { kind: t(`audit.type_${kind}`) }) },
				...(["user", "role", "scope", "group"].includes(kind)
					? verbs.map((verb) => ({ value: `${kind}.${verb}`, title: actionTitle(`${kind}.${verb}`) }))
					: []),
			]),
		},
		{
			name: "outcome",
			title: t("audit.outcome"),
			options: [
				{ value: "success", title: t("audit.outcome_success") },
				{ value: "denied", title: t("audit.outcome_denied") },
			],
		},
		{ name: "channel", title: t("audit.channel"), options: channels.map((one) => ({ value: one, title: t(`audit.channel_${one}`) })) },
		day("from", t("audit.from")),
		day("to", t("audit.to")),
		{ name: "text", title: t("audit.text") },
	];
}

// "role.updated" is "Role: changed"; what we have no word for stands as it is.
function actionTitle(action: string): string {
	const [kind = "", verb = ""] = action.split(".");
	return `${tWord("audit.type_", kind)}: ${tWord("audit.verb_", verb)}`;
}

function Outcome(props: { of: AuditRow }) {
	const { of: row } = props;
	return row.outcome === "success" ? (
		<Badge tone="good">{t("audit.outcome_success")}</Badge>
	) : (
		<>
			<Badge tone="bad">{t("audit.outcome_denied")}</Badge>
			{row.attempts !== undefined && <> {t("audit.times", { n: row.attempts })}</>}
		</>
	);
}

function Open(props: { of: AuditRow }) {
	const { of: row } = props;
	const open = query.value.get("open") === row.id;
	const name = row.target.name || row.target.id || "";
	return (
		<button
			type="button"
			class="plain"
			aria-expanded={open}
			onClick={() => setQuery({ open: open ? null : row.id }, { replace: true })}
		>
			{row.changes.length > 0 ? t("audit.details_changes", { n: row.changes.length }) : t("audit.details")}
			<span class="hidden">{t("audit.details_of", { action: actionTitle(row.action), name })}</span>
		</button>
	);
}

export const columns = (): Column<AuditRow>[] => [
	{ name: "time", title: t("audit.time"), cell: (row) => <Time at={row.time} /> },
	{ name: "action", title: t("audit.action"), cell: (row) => actionTitle(row.action) },
	{ name: "target", title: t("audit.target"), cell: (row) => <PartyName of={row.target} action={row.action} within={withinOf(row)} /> },
	{ name: "actor", title: t("audit.actor"), cell: (row) => <PartyName of={row.actor} within={withinOf(row)} /> },
	{ name: "outcome", title: t("audit.outcome"), cell: (row) => <Outcome of={row} /> },
	{ name: "channel", title: t("audit.channel"), cell: (row) => tWord("audit.channel_", row.request.channel) },
	{ name: "seq", title: t("audit.seq"), end: true, chosen: true, cell: (row) => number(row.seq) },
	{ name: "details", title: t("audit.details"), cell: (row) => <Open of={row} /> },
];
