import { useId, useState } from "preact/hooks";
import { list, send } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, ConfirmDialog, Empty, FewRows, Field, type FormState, NumberField, Section, SelectField, Shown, toast, type Tone } from "../../ui";
import { Choice, Input, RowsField, Suggestions } from "./rows";
import { joinGroup, type Setup, splitGroup } from "./setup";
import type { Check } from "./steps";

interface Grant {
	row: string;
	group: string;
	gives: string;
	state: string;
	people: number;
	privileged: boolean;
	kept?: boolean;
}

const MANY = 200; // of names to choose from: more are typed

// Names to choose from; without the right to see them they are typed.
function useNamesOf(what: "roles" | "scopes" | "groups", member: string): string[] {
	const seen = may(`${what}.view`);
	const loaded = useLoad(
		async (signal) => (seen ? await list<Record<string, string>>(what, { limit: MANY }, signal) : { items: [] }),
		[seen],
		[what],
	);
	return (loaded.value?.items ?? []).map((row) => row[member] ?? "").filter((name) => name !== "");
}

// What the preflight said of the groups that the rows name.
function Found(props: { checks: readonly Check[] | undefined }) {
	const found = props.checks?.filter((check) => check.check === "groups" || check.check === "mapped-group") ?? [];
	if (found.length === 0) return <p class="quiet">{t("directories.groups_unchecked")}</p>;
	return (
		<ul class="plain-list">
			{found.map((check, i) => (
				<li key={i}>
					<Badge tone={check.verdict === "good" ? "good" : "warn"}>{t(`directories.verdict_${check.verdict}`)}</Badge>{" "}
					{check.text}
				</li>
			))}
		</ul>
	);
}

// Which group of the directory gives what.
export function Groups(props: { form: FormState<Setup>; checks: readonly Check[] | undefined }) {
	const { form } = props;
	const id = useId();
	const names: Record<string, string[]> = {
		role: useNamesOf("roles", "role"),
		scope: useNamesOf("scopes", "scope"),
		group: useNamesOf("groups", "group"),
	};
	return (
		<div class="form">
			<RowsField
				title={t("directories.group_maps")}
				hint={t("directories.group_maps_hint")}
				error={form.errors.group_maps}
				heads={[t("directories.group_there"), t("directories.group_gives"), t("directories.group_name")]}
				rows={form.values.group_maps}
				change={(rows) => form.set("group_maps", rows)}
				fresh="=role:"
				cells={(row, put, label) => {
					const parts = splitGroup(row);
					const change = (some: Partial<typeof parts>) => put(joinGroup({ ...parts, ...some }));
					return [
						parts.kind === "attribute" ? (
							<span class="quiet">{t("directories.group_any")}</span>
						) : (
							<Input label={label(0)} list={`${id}-group`} value={parts.group} put={(group) => change({ group })} />
						),
						<Choice
							label={label(1)}
							value={parts.kind}
							put={(kind) => change({ kind })}
							options={[
								{ value: "role", title: t("directories.gives_role") },
								{ value: "scope", title: t("directories.gives_scope") },
								{ value: "group", title: t("directories.gives_group") },
								{ value: "attribute", title: t("directories.gives_attribute") },
							]}
						/>,
						<Input label={label(2)} list={`${id}-${parts.kind}`} value={parts.name} put={(name) => change({ name })} />,
					];
				}}
			/>
			{Object.entries(names).map(([kind, of]) => (
				<Suggestions key={kind} id={`${id}-${kind}`} of={of} />
			))}
			<Found checks={props.checks} />
			<NumberField form={form} name="group_depth" min={0} max={32} label={t("directories.group_depth")} hint={t("directories.group_depth_hint")} required={false} />
			<SelectField
				form={form}
				name="group_gone"
				label={t("directories.group_gone")}
				options={[
					{ value: "", title: t("directories.usual") },
					{ value: "keep", title: t("directories.group_gone_keep") },
					{ value: "remove", title: t("directories.group_gone_remove") },
				]}
			/>
		</div>
	);
}

const tones: Record<string, Tone> = { gives: "good", waits: "warn", unseen: "quiet", missing: "bad", gone: "bad" };

// "role:Admin" as people say it.
function givenBy(grant: Grant): string {
	const [, kind, name] = /^(role|scope|group):(.*)$/.exec(grant.gives) ?? [];
	return kind === undefined ? grant.gives : `${tWord("directories.gives_", kind)}: ${name}`;
}

function Answer(props: { directory: string; grant: Grant; approve: boolean; close: () => void }) {
	const { directory, grant, approve } = props;
	const [reason, setReason] = useState("");
	return (
		<ConfirmDialog
			title={t(approve ? "directories.grant_approve" : "directories.grant_revoke")}
			confirm={t(approve ? "directories.grant_approve" : "directories.grant_revoke")}
			danger={!approve}
			run={async () => {
				const body = { group: grant.group, role: grant.gives.replace(/^role:/, ""), reason };
				await send("POST", to`directories/${directory}/grants/${approve ? "approve" : "revoke"}`, body);
				toast(t(approve ? "directories.grant_approved" : "directories.grant_revoked", { group: grant.group }));
			}}
			close={props.close}
		>
			<p>
				{t(approve ? "directories.grant_approve_lead" : "directories.grant_revoke_lead", {
					group: grant.group,
					gives: givenBy(grant),
					n: grant.people,
				})}
			</p>
			<Field
				label={t("directories.reason")}
				control={(wired) => (
					<input {...wired} required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
				)}
			/>
		</ConfirmDialog>
	);
}

function Given(props: { of: Grant }) {
	const { of: grant } = props;
	return (
		<>
			{givenBy(grant)}
			{grant.privileged && (
				<>
					{" "}
					<Badge tone="warn">{t("directories.privileged")}</Badge>
				</>
			)}
		</>
	);
}

function Standing(props: { of: Grant }) {
	const { of: grant } = props;
	return (
		<>
			<Badge tone={tones[grant.state] ?? "info"}>{t(`directories.grant_${grant.state}` as "directories.grant_gives")}</Badge>
			{grant.kept && <p class="quiet">{t("directories.grant_kept")}</p>}
		</>
	);
}

function Decide(props: { of: Grant; ask: (approve: boolean) => void }) {
	const { of: grant, ask } = props;
	if (grant.state === "waits") {
		return (
			<button type="button" onClick={() => ask(true)}>
				{t("directories.grant_approve")}
			</button>
		);
	}
	if (grant.state !== "gives" || !grant.privileged) return <>–</>;
	return (
		<button type="button" class="danger" onClick={() => ask(false)}>
			{t("directories.grant_revoke")}
		</button>
	);
}

// How each row stands: to how many it gives, and what waits for an approval, because whoever may edit
// the directory's group would otherwise make administrators here.
export function Grants(props: { directory: string }) {
	const { directory } = props;
	const [answering, setAnswering] = useState<{ grant: Grant; approve: boolean }>();
	const loaded = useLoad(
		(signal) => list<Grant>(to`directories/${directory}/grants`, {}, signal),
		[directory],
		["directories", "roles"],
	);
	return (
		<Section title={t("directories.grants")}>
			<Shown of={loaded}>
				{({ items }) =>
					items.length === 0 ? (
						<Empty kind="new" title={t("directories.grants_none")}>
							{t("directories.grants_none_lead")}
						</Empty>
					) : (
						<FewRows<Grant>
							caption={t("directories.grants")}
							rows={items}
							id={(grant) => grant.row}
							columns={[
								{ name: "group", title: t("directories.group_there"), cell: (grant) => grant.group },
								{ name: "gives", title: t("directories.group_gives"), cell: (grant) => <Given of={grant} /> },
								{ name: "state", title: t("directories.column_state"), cell: (grant) => <Standing of={grant} /> },
								{ name: "people", title: t("directories.column_people"), end: true, cell: (grant) => number(grant.people) },
								{
									name: "actions",
									title: t("directories.row_actions"),
									cell: (grant) => <Decide of={grant} ask={(approve) => setAnswering({ grant, approve })} />,
								},
							]}
						/>
					)
				}
			</Shown>
			{answering && (
				<Answer
					directory={directory}
					grant={answering.grant}
					approve={answering.approve}
					close={() => {
						setAnswering(undefined);
						loaded.reload();
					}}
				/>
			)}
		</Section>
	);
}
