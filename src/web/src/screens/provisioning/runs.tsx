import { useId } from "preact/hooks";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { query, setQuery, to } from "../../router";
import { may } from "../../session";
import { DataTable, Empty, Link, Page, Shown } from "../../ui";
import type { Run } from "./run";
import { runColumns, runLink } from "./runs-table";

const MANY = 200;

// What the runs of a directory came to, the newest first: a run is as bad as the worst that it did.
export default function Runs() {
	const loaded = useLoad((signal) => list<{ name: string }>("directories", { limit: MANY }, signal), [], ["directories"]);
	return (
		<Page title={t("provisioning.runs")} lead={t("provisioning.runs_lead")}>
			<Shown of={loaded}>
				{({ items }) =>
					items.length === 0 ? (
						<Empty
							kind="new"
							title={t("provisioning.no_directories")}
							action={<Link to="/directories/new">{t("provisioning.connect")}</Link>}
						>
							{t("provisioning.no_directories_lead")}
						</Empty>
					) : (
						<RunsOf directories={items.map((row) => row.name)} />
					)
				}
			</Shown>
		</Page>
	);
}

function RunsOf(props: { directories: readonly string[] }) {
	const chosen = query.value.get("directory") ?? props.directories[0] ?? "";
	const id = useId();
	return (
		<>
			<div class="filters">
				<div class="filter">
					<label for={id}>{t("provisioning.directory")}</label>
					<select id={id} value={chosen} onChange={(event) => setQuery({ directory: event.currentTarget.value, cursor: null })}>
						{props.directories.map((name) => (
							<option key={name} value={name}>
								{name}
							</option>
						))}
					</select>
				</div>
			</div>
			<DataTable<Run>
				name="runs"
				caption={t("provisioning.runs_of", { name: chosen })}
				views
				columns={runColumns()}
				topics={["directories", "plans"]}
				on={[chosen]}
				load={({ cursor, limit }, signal) => list<Run>(to`directories/${chosen}/history`, { cursor, limit }, signal)}
				id={(run) => run.run}
				link={may("integrations.manage") ? runLink : undefined}
				empty={
					<Empty kind="new" title={t("provisioning.no_runs")}>
						{t("provisioning.no_runs_lead")}
					</Empty>
				}
			/>
		</>
	);
}
