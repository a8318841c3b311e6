// How a directory stands, as the first page and its own page show it. The texts are those of "status".
import { duration, number, t, tWord } from "../../i18n";
import { Badge, Fold, type Tone } from "../../ui";

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

export function toneOf(directory: { state: string }): Tone {
	return tones[directory.state] ?? "info";
}

export function StateBadge(props: { of: { state: string } }) {
	return <Badge tone={toneOf(props.of)}>{tWord("status.state_", props.of.state)}</Badge>;
}

const DAY = 86_400_000;

export function Certificate(props: { ends: string }) {
	const days = Math.floor((new Date(props.ends).getTime() - Date.now()) / DAY);
	const tone: Tone = days < 7 ? "bad" : days < 30 ? "warn" : "good";
	return <Badge tone={tone}>{days < 0 ? t("status.certificate_ended") : t("status.days", { n: days })}</Badge>;
}

// What a run did, without what it did not; "" for nothing.
export function countsText(counts: Record<string, number> = {}): string {
	return Object.entries(counts)
		.filter(([, n]) => n > 0)
		.map(([name, n]) => `${number(n)} ${tWord("status.count_", name)}`)
		.join(" · ");
}

// In one line, beside the time of the run or below it.
export function Took(props: { of: { last_run?: string; duration_ms?: number } }) {
	const { last_run, duration_ms } = props.of;
	if (!last_run || duration_ms === undefined) return null;
	return <small> {t("status.took", { time: duration(duration_ms) }).replaceAll(" ", "\xa0")}</small>;
}

export function Notes(props: { of: readonly string[]; open?: boolean }) {
	if (props.of.length === 0) return null;
	return (
		<Fold title={t("status.notes", { n: props.of.length })} open={props.open}>
			<ul>
				{props.of.map((note) => (
					<li key={note}>{note}</li>
				))}
			</ul>
		</Fold>
	);
}
