import { list } from "../../api";
import { t, tWord } from "../../i18n";
import { query, to } from "../../router";
import { Badge, type Column, DataTable, Diff, Empty, Fold, sentence } from "../../ui";
import { attributeLabel } from "../conflicts/bits";
import { diffOf, type Plan, type PlanRow, toneOfAction } from "./plan";

function columns(): Column<PlanRow>[] {
	return [
		{ name: "name", title: t("plans.name"), cell: (row) => row.name },
		{
			name: "action",
			title: t("plans.action"),
			cell: (row) => <Badge tone={toneOfAction(row.action)}>{tWord("plans.action_", row.action)}</Badge>,
		},
		{ name: "rule", title: t("plans.rule"), cell: (row) => (row.rule ? sentence(row.rule) : "–") },
		{ name: "dn", title: t("plans.entry"), cell: (row) => <span class="dn">{row.dn ?? "–"}</span> },
	];
}

function Changes(props: { of: PlanRow }) {
	const { of: row } = props;
	const label = (name: string) => (row.kind === "user" ? attributeLabel(name) : name);
	const changes = diffOf(row.changes ?? []).map((one) => ({ ...one, name: label(one.name) }));
	const members = row.added !== undefined && t("plans.members", { added: row.added, removed: row.removed ?? 0 });
	return (
		<>
			{members && <span class="quiet">{members}</span>}
			{changes.length > 0 && (
				<Fold title={t("plans.changes", { n: changes.length })}>
					<Diff
						caption={t("plans.changes_of", { name: row.name })}
						rows={changes}
						here={t("plans.before")}
						source={t("plans.after")}
					/>
				</Fold>
			)}
		</>
	);
}

// The rows of a plan, of one kind or of all, a page at a time.
export function Rows(props: { of: Plan }) {
	const { of: plan } = props;
	const action = query.value.get("action") ?? undefined;
	return (
		<DataTable<PlanRow>
			name="plan-rows"
			views
			caption={t("plans.would")}
			columns={columns()}
			on={[plan.id, action]}
			load={({ cursor, limit }, signal) => list<PlanRow>(to`plans/${plan.id}`, { action, cursor, limit }, signal)}
			id={(row) => String(row.row)}
			below={(row) => (row.changes?.length || row.added !== undefined ? <Changes of={row} /> : null)}
			empty={
				action ? (
					<Empty kind="done" title={t("plans.no_rows_of")} />
				) : (
					<Empty kind="done" title={t("plans.no_rows")}>
						{t("plans.no_rows_lead")}
					</Empty>
				)
			}
		/>
	);
}
