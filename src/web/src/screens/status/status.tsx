import { list } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { may, session } from "../../session";
import { tenant } from "../../router";
import { Link, Page, Section, Shown } from "../../ui";
import { Directories } from "./directories";
import { Server } from "./server";

// What waits for an administrator: a number that leads to the list of them.
function Waiting(props: { title: string; to: string; load: (signal: AbortSignal) => Promise<number>; topic: "conflicts" | "held" | "jobs" }) {
	const loaded = useLoad(props.load, [], [props.topic]);
	return (
		<li class={loaded.value ? "tile warn" : "tile"}>
			<Link to={props.to}>
				<Shown of={loaded}>{(count) => <strong>{number(count)}</strong>}</Shown>
				<span>{props.title}</span>
			</Link>
		</li>
	);
}

// The first page: does sync run, what waits for somebody, how is the server.
export default function Status() {
	const integrations = may("integrations.manage");
	return (
		<Page title={t("status.title")}>
			{integrations && (
				<ul class="tiles" aria-label={t("status.waiting")}>
					<Waiting
						title={t("status.open_conflicts")}
						to="/conflicts?state=open"
						topic="conflicts"
						load={async (signal) => (await list("conflicts", { state: "open", limit: 1, total: true }, signal)).total ?? 0}
					/>
					<Waiting
						title={t("status.held_changes")}
						to="/conflicts?tab=held"
						topic="held"
						load={async (signal) => (await list("held", { limit: 200 }, signal)).items.length}
					/>
				</ul>
			)}
			{may("directories.manage") && (
				<Section title={t("status.directories")}>
					<Directories />
				</Section>
			)}
			{session.value?.operator && tenant.value === null && (
				<Section title={t("status.server")}>
					<Server />
				</Section>
			)}
		</Page>
	);
}
