import { duration, t, tWord } from "../../i18n";
import { may } from "../../session";
import { Badge, type Column, Empty, FewRows, reasonOf, Time } from "../../ui";
import { countsText } from "../status/standing";
import { results, type Run } from "./run";

export function runLink(run: Run): string {
	return `/provisioning?request=${encodeURIComponent(run.run)}`;
}

export function runColumns(): Column<Run>[] {
	return [
		{ name: "began", title: t("provisioning.began"), cell: (run) => <Time at={run.began} /> },
		{
			name: "result",
			title: t("provisioning.result"),
			cell: (run) => (
				<>
					<Badge tone={results[run.result] ?? "info"}>{tWord("provisioning.result_", run.result)}</Badge>
					{(run.repeats ?? 0) > 1 && <small> {t("provisioning.repeats", { n: run.repeats ?? 0 })}</small>}
					{run.reason && <p class="words">{reasonOf(run)}</p>}
				</>
			),
		},
		{ name: "kind", title: t("provisioning.kind"), cell: (run) => tWord("provisioning.kind_", run.kind) },
		{ name: "did", title: t("provisioning.did"), cell: (run) => countsText(run.counts) || t("provisioning.did_nothing") },
		{ name: "took", title: t("provisioning.took"), end: true, cell: (run) => duration(run.duration_ms) },
		{ name: "server", title: t("provisioning.server"), chosen: true, cell: (run) => run.server ?? "–" },
	];
}

// The last few of a directory, without paging.
export function RunsTable(props: { rows: readonly Run[] }) {
	if (props.rows.length === 0) {
		return (
			<Empty kind="new" title={t("provisioning.no_runs")}>
				{t("provisioning.no_runs_lead")}
			</Empty>
		);
	}
	return (
		<FewRows<Run>
			caption={t("provisioning.runs")}
			columns={runColumns().filter((column) => !column.chosen)}
			rows={props.rows}
			id={(run) => run.run}
			link={may("integrations.manage") ? runLink : undefined}
		/>
	);
}
