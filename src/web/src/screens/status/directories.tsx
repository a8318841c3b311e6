import { duration, number, t } from "../../i18n";
import { to } from "../../router";
import { Empty, Fact, Facts, Link, reasonOf, Time, type Tone } from "../../ui";
import type { Directory } from "./overview";
import { Certificate, countsText, Notes, StateBadge, Took, toneOf } from "./standing";

// What asks for somebody stands first.
const urgency: Record<Tone, number> = { bad: 0, warn: 1, info: 2, good: 3, quiet: 4 };

// What the last run did, without what it did not.
function Counts(props: { of: Record<string, number> }) {
	const text = countsText(props.of);
	if (text === "") return null;
	return (
		<p class="quiet">
			{t("status.last_run_did")} {text}
		</p>
	);
}

function Card(props: { of: Directory }) {
	const { of: directory } = props;
	const tone = toneOf(directory);
	return (
		<li class={`card ${tone}`}>
			<header class="card-head">
				<h3>
					<Link to={to`/directories/${directory.name}`}>{directory.name}</Link>
				</h3>
				<StateBadge of={directory} />
				{directory.since && (
					<span class="quiet">
						{t("status.since")} <Time at={directory.since} />
					</span>
				)}
			</header>
			{directory.reason && <p class="reason">{reasonOf(directory)}</p>}
			{directory.waits_for && tone !== "good" && (
				<p>
					{t("status.waits_for")} {directory.waits_for}.
				</p>
			)}
			{directory.state === "held" && directory.plan && (
				<p>
					<Link to={to`/plans/${directory.plan}`}>{t("status.see_plan")}</Link>
				</p>
			)}
			<Facts>
				<Fact name={t("status.last_contact")}>
					<Time at={directory.last_contact} relative />
				</Fact>
				<Fact name={t("status.last_run")}>
					<Time at={directory.last_run} relative />
					<Took of={directory} />
				</Fact>
				{directory.next_try ? (
					<Fact name={t("status.next_try")}>
						<Time at={directory.next_try} relative />
					</Fact>
				) : (
					<Fact name={t("status.next_full")}>
						<Time at={directory.next_full} relative />
					</Fact>
				)}
				<Fact name={t("status.lag")}>
					{directory.lag_us === undefined || !directory.last_contact ? "–" : duration(directory.lag_us / 1000)}
				</Fact>
				<Fact name={t("status.people")}>{number(directory.people ?? 0)}</Fact>
				<Fact name={t("status.groups")}>{number(directory.groups ?? 0)}</Fact>
				<Fact name={t("status.open_conflicts")}>
					{directory.conflicts && directory.conflicts.open > 0 ? (
						<Link to={`/conflicts?state=open&source=${encodeURIComponent(directory.name)}`}>
							{number(directory.conflicts.open)}
						</Link>
					) : (
						number(0)
					)}
				</Fact>
				{directory.certificate_ends && (
					<Fact name={t("status.certificate")}>
						<Certificate ends={directory.certificate_ends} />
					</Fact>
				)}
			</Facts>
			<Counts of={directory.counts ?? {}} />
			<Notes of={directory.notes ?? []} />
		</li>
	);
}

export function Directories(props: { of: readonly Directory[] }) {
	if (props.of.length === 0) {
		return (
			<Empty
				kind="new"
				title={t("status.no_directories")}
				action={<Link to="/directories/new">{t("status.connect")}</Link>}
			>
				{t("status.no_directories_lead")}
			</Empty>
		);
	}
	const sorted = [...props.of].sort((a, b) => urgency[toneOf(a)] - urgency[toneOf(b)] || a.name.localeCompare(b.name));
	return (
		<ul class="cards">
			{sorted.map((directory) => (
				<Card key={directory.name} of={directory} />
			))}
		</ul>
	);
}
