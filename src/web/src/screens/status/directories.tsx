import { get, list } from "../../api";
import { duration, number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Badge, Empty, Fact, Facts, Failure, Link, Shown, Time, type Tone } from "../../ui";
import type { ApiError } from "../../api";
import { asApiError } from "../../load";

interface DirectoryStatus {
	directory: string;
	state: string;
	since?: string;
	waits_for: string;
	people?: number;
	groups?: number;
	last_contact?: string;
	last_run?: string;
	next_full?: string;
	next_try?: string;
	duration_ms?: number;
	conflicts?: { open: number };
	lag_us?: number;
	reason?: string;
	plan?: string;
	certificate_ends?: string;
	notes?: string[];
}

interface Told {
	name: string;
	status?: DirectoryStatus;
	error?: ApiError;
}

const tones: Record<string, Tone> = {
	idle: "quiet",
	following: "good",
	connecting: "info",
	refreshing: "info",
	applying: "info",
	held: "warn",
	paused: "warn",
	failed: "bad",
	quarantined: "bad",
};

// What asks for somebody stands first.
const urgency: Record<Tone, number> = { bad: 0, warn: 1, info: 2, good: 3, quiet: 4 };

function toneOf(told: Told): Tone {
	return told.status ? (tones[told.status.state] ?? "info") : "bad";
}

async function loadAll(signal: AbortSignal): Promise<Told[]> {
	const { items } = await list<{ name: string }>("directories", { limit: 200 }, signal);
	const told = await Promise.all(
		items.map(async ({ name }): Promise<Told> => {
			try {
				return { name, status: await get<DirectoryStatus>(to`directories/${name}/status`, {}, signal) };
			} catch (error) {
				return { name, error: asApiError(error) };
			}
		}),
	);
	return told.sort((a, b) => urgency[toneOf(a)] - urgency[toneOf(b)]);
}

const DAY = 86_400_000;

function Certificate(props: { ends: string }) {
	const days = Math.floor((new Date(props.ends).getTime() - Date.now()) / DAY);
	const tone: Tone = days < 7 ? "bad" : days < 30 ? "warn" : "good";
	return <Badge tone={tone}>{t("status.days", { n: days })}</Badge>;
}

function Card(props: { told: Told }) {
	const { name, status, error } = props.told;
	return (
		<li class={`card ${toneOf(props.told)}`}>
			<h3>
				<Link to={to`/directories/${name}`}>{name}</Link>{" "}
				{status && <Badge tone={toneOf(props.told)}>{tWord("status.state_", status.state)}</Badge>}
			</h3>
			{error && <Failure error={error} />}
			{status && (
				<>
					{status.reason && <p class="reason">{status.reason}</p>}
					{status.waits_for && <p class="quiet">{status.waits_for}</p>}
					{status.state === "held" && status.plan && (
						<p>
							<Link to={to`/plans/${status.plan}`}>{t("status.see_plan")}</Link>
						</p>
					)}
					<Facts>
						<Fact name={t("status.last_contact")}>
							<Time at={status.last_contact} relative />
						</Fact>
						<Fact name={t("status.last_run")}>
							<Time at={status.last_run} relative />
							{status.duration_ms !== undefined && <small> ({duration(status.duration_ms)})</small>}
						</Fact>
						<Fact name={t("status.next_run")}>
							<Time at={status.next_try ?? status.next_full} relative />
						</Fact>
						<Fact name={t("status.lag")}>{status.lag_us === undefined ? "–" : duration(status.lag_us / 1000)}</Fact>
						<Fact name={t("status.people")}>{number(status.people ?? 0)}</Fact>
						<Fact name={t("status.groups")}>{number(status.groups ?? 0)}</Fact>
						<Fact name={t("status.open_conflicts")}>
							<Link to={`/conflicts?state=open&source=${encodeURIComponent(name)}`}>
								{number(status.conflicts?.open ?? 0)}
							</Link>
						</Fact>
						{status.certificate_ends && (
							<Fact name={t("status.certificate")}>
								<Certificate ends={status.certificate_ends} />
							</Fact>
						)}
					</Facts>
					{status.notes?.map((note) => (
						<p key={note} class="quiet">
							{note}
						</p>
					))}
				</>
			)}
		</li>
	);
}

export function Directories() {
	const loaded = useLoad(loadAll, [], ["directories", "plans", "conflicts"]);
	return (
		<Shown of={loaded}>
			{(all) =>
				all.length === 0 ? (
					<Empty kind="new" title={t("status.no_directories")}>
						{t("status.no_directories_lead")}
					</Empty>
				) : (
					<ul class="cards">
						{all.map((told) => (
							<Card key={told.name} told={told} />
						))}
					</ul>
				)
			}
		</Shown>
	);
}
