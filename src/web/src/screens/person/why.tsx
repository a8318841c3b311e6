import { useEffect, useRef } from "preact/hooks";
import { get, list } from "../../api";
import { names as joined, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, setQuery, to } from "../../router";
import { may } from "../../session";
import { Badge, Link, Section, Shown, Time } from "../../ui";
import { answerOf, type Explanation, type Held, type Origin, type Step, stepsOf } from "./why-steps";
import "../../style/lists.css";

interface Known {
	permission: string;
	label?: string;
}

// All permissions there are, for whoever may see roles; else those that the person has.
function useKnown(held: readonly Known[]): readonly Known[] {
	const seen = may("roles.view");
	const loaded = useLoad(
		async (signal) => (seen ? (await list<Known>("permissions", {}, signal)).items : undefined),
		[seen],
	);
	return loaded.value ?? held;
}

function useScopes(): string[] | undefined {
	const seen = may("scopes.view");
	const loaded = useLoad(
		async (signal) =>
			seen ? (await list<{ scope: string }>("scopes", { limit: 200 }, signal)).items.map((one) => one.scope) : undefined,
		[seen],
	);
	return loaded.value;
}

// Asked in the address, so that the answer can be sent to somebody.
export function Why(props: { id: string; held: readonly Known[] }) {
	const known = useKnown(props.held);
	const scopes = useScopes();
	const why = query.value.get("why") ?? "";
	const scope = query.value.get("scope") ?? "";
	const asOf = query.value.get("as_of") ?? "";
	const box = useRef<HTMLDivElement>(null);
	const before = useRef(why);
	useEffect(() => {
		// Whoever asks in the table below is led to the answer; whoever comes by a link begins at the top.
		if (why !== before.current) box.current?.querySelector<HTMLElement>("select")?.focus();
		before.current = why;
	}, [why]);
	return (
		<Section title={t("person.why_title")}>
			<div ref={box} class="filters">
				<div class="filter">
					<label for="why-permission">{t("person.why_permission")}</label>
					<select
						id="why-permission"
						value={why}
						onChange={(event) => setQuery({ why: event.currentTarget.value || null })}
					>
						<option value="">{t("person.why_choose")}</option>
						{known.map((one) => (
							<option key={one.permission} value={one.permission}>
								{one.label ? `${one.label} (${one.permission})` : one.permission}
							</option>
						))}
					</select>
				</div>
				{scopes && scopes.length > 0 && (
					<div class="filter">
						<label for="why-scope">{t("person.why_scope")}</label>
						<select
							id="why-scope"
							value={scope}
							onChange={(event) => setQuery({ scope: event.currentTarget.value || null })}
						>
							<option value="">{t("person.why_any_scope")}</option>
							{scopes.map((one) => (
								<option key={one} value={one}>
									{one}
								</option>
							))}
						</select>
					</div>
				)}
				<div class="filter">
					<label for="why-then">{t("person.why_as_of")}</label>
					<input
						id="why-then"
						type="datetime-local"
						value={asOf}
						onChange={(event) => setQuery({ as_of: event.currentTarget.value || null })}
					/>
				</div>
			</div>
			{why && <Answer id={props.id} permission={why} scope={scope} asOf={asOf} />}
		</Section>
	);
}

const tones = { allowed: "good", somewhere: "warn", denied: "bad" } as const;

function Answer(props: { id: string; permission: string; scope: string; asOf: string }) {
	const { id, permission, scope, asOf } = props;
	const loaded = useLoad(
		(signal) => {
			const then = asOf ? new Date(`${asOf}Z`).toISOString() : undefined;
			return get<Explanation>("explain", { user: id, permission, scope, as_of: then }, signal);
		},
		[id, permission, scope, asOf],
		["users", "roles", "scopes"],
	);
	return (
		<Shown of={loaded}>
			{(told) => (
				<div class="why" aria-live="polite">
					<p>
						<Badge tone={tones[answerOf(told)]}>{t(`person.${answerOf(told)}`)}</Badge>{" "}
						<strong>{told.label ?? told.permission}</strong> <code>{told.permission}</code>
					</p>
					<ol class="chain">
						{stepsOf(told).map((step) => (
							<StepRow key={step.name} step={step} />
						))}
					</ol>
					{told.other_roles.length > 0 && (
						<p>
							{t("person.other_roles")}{" "}
							{told.other_roles.map((role, i) => (
								<span key={role.id}>
									{i > 0 && ", "}
									<Link to={to`/roles/${role.id}`}>{role.name}</Link>
								</span>
							))}
						</p>
					)}
					{told.feature_off && <p>{t("person.feature_off", { feature: told.feature_off })}</p>}
				</div>
			)}
		</Shown>
	);
}

const signs = { yes: "✓", partly: "!", no: "✕", unasked: "·" };

function StepRow(props: { step: Step }) {
	const { step } = props;
	return (
		<li class={step.verdict}>
			<span aria-hidden="true">{signs[step.verdict]}</span>{" "}
			<strong>{t(`person.step_${step.name}`)}:</strong>{" "}
			{step.verdict === "unasked" && t("person.step_unasked")}
			{(step.verdict === "no" || step.verdict === "partly") && joined(step.reasons.map((one) => reasonText(one)))}
			{step.verdict === "yes" && tWord("person.", step.because)}
			{step.verdict !== "unasked" && step.held.length > 0 && (
				<ul>
					{step.held.map((one) => (
						<li key={one.id}>
							<HeldRow held={one} of={step.name === "grant" ? "roles" : "scopes"} />
						</li>
					))}
				</ul>
			)}
		</li>
	);
}

export function reasonText(one: { reason: string; text: string }): string {
	const told = tWord("person.missing_", one.reason);
	return told === one.reason ? one.text : told;
}

function originText(origin: Origin): string {
	const name = origin.name ?? "";
	switch (origin.type) {
		case "directory":
			return origin.groups?.length
				? t("person.from_directory_groups", { name, groups: joined(origin.groups.map((group) => group.name)) })
				: t("person.from_directory", { name });
		case "client":
			return origin.client_type === "scim" ? t("person.from_connection", { name }) : t("person.from_here");
		case "gone":
			return t("person.from_gone");
		default:
			return t("person.from_here");
	}
}

// Where a role or scope comes from, since when, and who gave it.
export function HeldRow(props: { held: Held; of: "roles" | "scopes" }) {
	const { held, of } = props;
	return (
		<>
			{may(`${of}.view`) ? <Link to={`/${of}/${encodeURIComponent(held.id)}`}>{held.name}</Link> : held.name}{" "}
			<span class="quiet">
				{joined([...new Set(held.sources.map(originText))])}
				{held.since && (
					<>
						{" · "}
						{t("person.since")} <Time at={held.since} />
					</>
				)}
				{held.given_by && ` · ${t("person.given_by", { name: held.given_by.name ?? tWord("person.actor_", held.given_by.type) })}`}
			</span>
		</>
	);
}
