import { get } from "../../api";
import { moment, number, t } from "../../i18n";
import { useLoad } from "../../load";
import { tenant } from "../../router";
import { may, session } from "../../session";
import { Empty, Link, Page, Section, Shown } from "../../ui";
import { Directories } from "./directories";
import { Outgoing } from "./outgoing";
import type { Overview } from "./overview";
import { Server } from "./server";
import { Waiting } from "./waiting";

function waiting(overview: Overview): number {
	return (overview.conflicts?.open ?? 0) + (overview.plans?.length ?? 0) + (overview.held ?? 0);
}

function lastRun(overview: Overview): string | undefined {
	return overview.directories
		?.map((one) => one.last_run)
		.filter((one) => one !== undefined)
		.sort()
		.at(-1);
}

function Tile(props: { title: string; count: number | undefined; to: string; warn?: boolean }) {
	if (props.count === undefined) return null;
	return (
		<li class={props.warn && props.count > 0 ? "tile warn" : "tile"}>
			<Link to={props.to}>
				<strong>{number(props.count)}</strong>
				<span>{props.title}</span>
			</Link>
		</li>
	);
}

function Tiles(props: { of: Overview }) {
	const { of: overview } = props;
	return (
		<ul class="tiles" aria-label={t("status.counts")}>
			<Tile title={t("status.open_conflicts")} count={overview.conflicts?.open} to="/conflicts?state=open" warn />
			<Tile title={t("status.held_plans")} count={overview.plans?.length} to="/plans" warn />
			<Tile title={t("status.held_changes")} count={overview.held} to="/held" warn />
			<Tile title={t("status.people")} count={overview.people?.all} to="/users" />
			<Tile title={t("status.inactive")} count={overview.people?.inactive} to="/users?active=false" />
		</ul>
	);
}

function Body(props: { of: Overview }) {
	const { of: overview } = props;
	const run = lastRun(overview);
	const decides = overview.conflicts !== undefined || overview.plans !== undefined;
	// The operators' own company follows no directory, as a rule.
	const own = isOperators() && overview.directories?.length === 0 && waiting(overview) === 0;
	if (own) return <Outgoing of={overview} />;
	return (
		<>
			<Tiles of={overview} />
			{decides && (
				<Section title={t("status.waiting")}>
					{waiting(overview) > 0 ? (
						<Waiting of={overview} />
					) : (
						<Empty kind="done" title={t("status.nothing_waits")}>
							{run && t("status.nothing_waits_since", { time: moment(run) })}
						</Empty>
					)}
				</Section>
			)}
			{overview.directories && (
				<Section title={t("status.directories")}>
					<Directories of={overview.directories} />
				</Section>
			)}
			<Outgoing of={overview} />
		</>
	);
}

function isOperators(): boolean {
	return session.value?.operator === true && tenant.value === null;
}

// The first page: does sync run, what waits for somebody, what goes out, how is the server.
export default function Status() {
	const loaded = useLoad(
		(signal) => get<Overview>("overview", {}, signal),
		[],
		["users", "directories", "plans", "conflicts", "held", "jobs", "webhooks", "tokens"],
	);
	return (
		<Page title={t("status.title")}>
			{isOperators() && may("companies.manage") && (
				<Section title={t("status.server")}>
					<Server />
				</Section>
			)}
			<Shown of={loaded}>
				{(overview) => (
					<div class="page">
						<Body of={overview} />
					</div>
				)}
			</Shown>
		</Page>
	);
}
