import { get } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Badge, Empty, Link, Section, sentence, Shown, Time } from "../../ui";
import type { Overview } from "../status/overview";
import { StateBadge } from "../status/standing";
import { isWell, troubled } from "./company";

function Waiting(props: { n: number; text: string; place: string; company: string }) {
	if (props.n === 0) return null;
	return (
		<li>
			<Badge tone="warn">{number(props.n)}</Badge>
			<div>
				<Link to={props.place} within={props.company}>
					{props.text}
				</Link>
			</div>
		</li>
	);
}

function Body(props: { company: string; of: Overview }) {
	const { company, of: overview } = props;
	const directories = overview.directories?.length ?? 0;
	if (isWell(overview)) {
		return (
			<Empty kind="done" title={t("operator.well")}>
				{directories > 0 ? t("operator.well_lead", { n: directories }) : t("operator.no_directory")}
			</Empty>
		);
	}
	return (
		<ul class="waits">
			{troubled(overview).map((one) => (
				<li key={one.name}>
					<StateBadge of={one} />
					<div>
						<Link to={to`/directories/${one.name}`} within={company}>
							{t("operator.directory", { name: one.name })}
						</Link>
						{one.since && (
							<span class="quiet">
								{" "}
								{t("status.since")} <Time at={one.since} relative />
							</span>
						)}
						{one.reason && <p class="quiet">{sentence(one.reason)}</p>}
					</div>
				</li>
			))}
			<Waiting n={overview.conflicts?.open ?? 0} text={t("status.open_conflicts")} place="/conflicts?state=open" company={company} />
			<Waiting n={overview.plans?.length ?? 0} text={t("status.held_plans")} place="/plans" company={company} />
			<Waiting n={overview.held ?? 0} text={t("status.held_changes")} place="/held" company={company} />
		</ul>
	);
}

// How a company stands, seen from outside: what is in trouble and what waits for its administrators.
export function Health(props: { company: string }) {
	const { company } = props;
	const loaded = useLoad((signal) => get<Overview>(`/api/v1${to`/tenants/${company}/overview`}`, {}, signal), [company]);
	return (
		<Section
			title={t("operator.health")}
			actions={
				<button type="button" class="plain" onClick={loaded.reload}>
					{t("operator.refresh")}
				</button>
			}
		>
			<Shown of={loaded}>{(overview) => <Body company={company} of={overview} />}</Shown>
		</Section>
	);
}
