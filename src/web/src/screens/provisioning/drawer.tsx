import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { attributeTitle, attributeValue } from "../../attributes";
import { type ApiError, get, list, type Page as Listed, send } from "../../api";
import { number, t, tWord } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { announce, Badge, Dialog, Diff, Failure, Fold, Link, sentence, Shown, Time } from "../../ui";
import { canReplay, type Entry, outcomes, pretty, type Row, textsOf, worstOf } from "./run";

function StepOf(props: { title: string; children: ComponentChildren }) {
	return (
		<li>
			<strong>{props.title}</strong>
			<div class="words">{props.children}</div>
		</li>
	);
}

// From what was asked to what came of it.
function Steps(props: { of: Entry }) {
	const { of: entry } = props;
	return (
		<ol class="steps-list">
			<StepOf title={t("provisioning.step_asked")}>
				{entry.token ?? t("provisioning.source_gone")} · <Time at={entry.time} />
				{entry.ip && <> · {entry.ip}</>}
				{entry.user_agent && <> · {entry.user_agent}</>}
				<p>
					{tWord("provisioning.method_", entry.method ?? "–")} <code>{entry.path}</code>
				</p>
			</StepOf>
			<StepOf title={t("provisioning.step_found")}>
				{entry.subject_id && entry.type === "User" && may("users.view") ? (
					<Link to={to`/users/${entry.subject_id}`}>{entry.subject ?? entry.subject_id}</Link>
				) : (
					(entry.subject ?? t("provisioning.nobody"))
				)}
				{entry.external_id && (
					<>
						{" "}
						<small>{entry.external_id}</small>
					</>
				)}
			</StepOf>
			<StepOf title={t("provisioning.step_decided")}>
				<Badge tone={outcomes[entry.outcome] ?? "info"}>{tWord("provisioning.outcome_", entry.outcome)}</Badge>{" "}
				{entry.status > 0 && <small>HTTP {entry.status}</small>} {entry.scim_type && <small>{entry.scim_type}</small>}
				{entry.dry_run && <small> {t("provisioning.dry_run")}</small>}
				{entry.detail && <p>{sentence(entry.detail)}</p>}
			</StepOf>
			<StepOf title={t("provisioning.step_changed")}>
				{entry.changes.length === 0
					? t("provisioning.no_changes")
					: t("provisioning.changes", { n: entry.changes.reduce((sum, one) => sum + one.changes.length, 0) })}
			</StepOf>
		</ol>
	);
}

function Changes(props: { of: Entry }) {
	return (
		<>
			{props.of.changes.map((one, i) => (
				<Diff
					key={i}
					caption={`${one.action} ${one.target ?? ""}`}
					rows={one.changes.map((change) => ({ name: attributeTitle(change.path), here: textsOf(change.old).map(attributeValue), source: textsOf(change.new).map(attributeValue) }))}
					here={t("provisioning.before")}
					source={t("provisioning.after")}
				/>
			))}
		</>
	);
}

const PARTS = 200;

// The operations of one request, or the objects of one run: the whole is as bad as its worst part.
function Parts(props: { of: Entry }) {
	const { of: entry } = props;
	const loaded = useLoad(
		async (signal): Promise<Listed<Row>> =>
			entry.request === null ? { items: [] } : list<Row>("provisioning", { request: entry.request, limit: PARTS }, signal),
		[entry.request],
	);
	return (
		<Shown of={loaded}>
			{({ items, next_cursor }) => {
				const others = items.filter((row) => row.row !== entry.row);
				const worst = worstOf(items.map((row) => row.outcome));
				if (others.length === 0 || worst === undefined || entry.request === null) return null;
				return (
					<p>
						{t(next_cursor ? "provisioning.parts_more" : "provisioning.parts", { n: items.length })}{" "}
						<Badge tone={outcomes[worst] ?? "info"}>{tWord("provisioning.outcome_", worst)}</Badge>{" "}
						<Link to={`/provisioning?request=${encodeURIComponent(entry.request)}`}>{t("provisioning.see_parts")}</Link>
					</p>
				);
			}}
		</Shown>
	);
}

interface Replayed {
	row: number;
	dry_run: boolean;
	status: number;
	answer: { detail?: string } | null;
}

// The request again: first only as if, then in earnest.
function Replay(props: { of: Entry }) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();
	const [done, setDone] = useState<Replayed>();

	async function run(commit: boolean) {
		setBusy(true);
		setError(undefined);
		try {
			const answer = await send<Replayed>("POST", to`provisioning/${props.of.row}/replay`, commit ? { commit } : {});
			setDone(answer);
			announce(t("provisioning.replayed", { n: answer.status }));
		} catch (reason) {
			setError(asApiError(reason));
		} finally {
			setBusy(false);
		}
	}

	const well = done !== undefined && done.status < 400;
	return (
		<div class="form">
			{error && <Failure error={error} />}
			{done && (
				<p role="status">
					<Badge tone={well ? "good" : "bad"}>HTTP {done.status}</Badge>{" "}
					{t(done.dry_run ? "provisioning.replay_would" : "provisioning.replay_did")} {done.answer?.detail}
				</p>
			)}
			<div class="actions">
				<button type="button" disabled={busy} onClick={() => void run(false)}>
					{t("provisioning.replay_dry")}
				</button>
				{done?.dry_run && well && (
					<button type="button" class="danger" disabled={busy} onClick={() => void run(true)}>
						{t("provisioning.replay")}
					</button>
				)}
			</div>
		</div>
	);
}

function Body(props: { of: Entry }) {
	const { of: entry } = props;
	return (
		<div class="page">
			<Steps of={entry} />
			<Changes of={entry} />
			<Parts of={entry} />
			{entry.body && (
				<Fold title={t("provisioning.body", { n: entry.body_octets })}>
					{(entry.redacted || entry.cut) && (
						<p class="quiet">{t(entry.cut ? "provisioning.body_cut" : "provisioning.body_redacted")}</p>
					)}
					<pre tabIndex={0}>{pretty(entry.body)}</pre>
				</Fold>
			)}
			{entry.missing ? <p>{t("provisioning.missing", { n: entry.missing })}</p> : null}
			{canReplay(entry) && <Replay of={entry} />}
		</div>
	);
}

// One row with its steps, what it changed, and a way to make it again.
export function Drawer(props: { row: string; close: () => void }) {
	const loaded = useLoad((signal) => get<Entry>(to`provisioning/${props.row}`, {}, signal), [props.row]);
	return (
		<Dialog title={t("provisioning.row", { n: number(Number(props.row)) })} close={props.close} wide>
			<Shown of={loaded}>{(entry) => <Body of={entry} />}</Shown>
		</Dialog>
	);
}
