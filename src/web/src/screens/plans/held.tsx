import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, to } from "../../router";
import { may } from "../../session";
import {
	Badge, type Column, ConfirmDialog, DataTable, Empty, type Filter, Filters, filtersOf, Link, Page, Section, Time, toast,
} from "../../ui";
import { Grants } from "./grants";
import { acts, filterOf, type Held } from "./held-change";
import "../../style/sync.css";

const MANY = 200; // of connections

interface Token {
	id: string;
	name: string;
	type: string;
}

function useFilters(): Filter[] {
	const seen = may("tokens.manage");
	const loaded = useLoad(
		async (signal) => (seen ? await list<Token>("tokens", { limit: MANY }, signal) : { items: [] }),
		[seen],
		["tokens"],
	);
	const options = (loaded.value?.items ?? [])
		.filter((one) => one.type === "scim")
		.map((one) => ({ value: one.id, title: one.name }));
	const asked = query.value.get("connection");
	if (asked && !options.some((one) => one.value === asked)) options.push({ value: asked, title: asked });
	return [
		{ name: "connection", title: t("plans.held_connection"), options },
		{ name: "act", title: t("plans.held_act"), options: acts.map((act) => ({ value: act, title: tWord("plans.act_", act) })) },
		{
			name: "state",
			title: t("plans.held_state"),
			options: ["open", "rejected"].map((state) => ({ value: state, title: tWord("plans.held_state_", state) })),
		},
	];
}

function actOf(row: Held): string {
	const what = row.role ?? row.scope;
	return what ? t("plans.act_assign_to", { what }) : tWord("plans.act_", row.held_act);
}

// One change, with what comes of the answer before it is given.
function Decide(props: { row: Held; how: "approve" | "reject"; close: () => void }) {
	const { row, how } = props;
	const allow = how === "approve";
	const words = { act: actOf(row), who: row.user ?? "–" };
	return (
		<ConfirmDialog
			title={t(allow ? "plans.allow_title" : "plans.refuse_title", words)}
			confirm={t(allow ? "plans.allow" : "plans.refuse")}
			danger={allow && row.held_act !== "assign"}
			{...(allow && row.held_act === "delete" && row.user ? { typed: row.user } : {})}
			run={async () => {
				await send("POST", to`held/${row.id}/${how}`);
				toast(t(allow ? "plans.allowed" : "plans.refused"));
			}}
			close={props.close}
		>
			<p>{allow ? tWord("plans.then_", row.held_act) : t("plans.then_refuse")}</p>
		</ConfirmDialog>
	);
}

// All of one connection and kind: the API takes no others at once.
function All(props: { connection: string; title: string; act: string; count: number }) {
	const { connection, act, count, title } = props;
	const [how, setHow] = useState<"approve" | "reject">();
	async function run(what: "approve" | "reject") {
		const found = await send<{ done: number; refused: number; reason?: string }>("POST", `held/${what}`, { connection, act });
		if (found.refused > 0) toast(t("plans.all_refused", { n: found.refused, reason: found.reason ?? "" }), "bad");
		else toast(t("plans.all_done", { n: found.done }));
	}
	const label = how === "reject" ? "plans.refuse_all" : "plans.allow_all";
	return (
		<p class="actions">
			<span>{t("plans.all_lead", { connection: title, act: tWord("plans.act_", act) })}</span>
			<button type="button" onClick={() => setHow("approve")}>
				{t("plans.allow_all", { n: count })}
			</button>
			<button type="button" onClick={() => setHow("reject")}>
				{t("plans.refuse_all", { n: count })}
			</button>
			{how && (
				<ConfirmDialog
					title={t(label, { n: count })}
					confirm={t(label, { n: count })}
					danger={how === "approve" && act !== "assign"}
					{...(how === "approve" && act !== "assign" ? { typed: String(count) } : {})}
					run={() => run(how)}
					close={() => setHow(undefined)}
				>
					<p>{how === "approve" ? tWord("plans.then_", act) : t("plans.then_refuse")}</p>
				</ConfirmDialog>
			)}
		</p>
	);
}

function Changes() {
	const filters = useFilters();
	const set = filtersOf(filters);
	const [asked, ask] = useState<{ row: Held; how: "approve" | "reject" }>();
	const [open, setOpen] = useState(0);
	const columns: Column<Held>[] = [
		{ name: "user", title: t("plans.held_user"), cell: (row) => row.user ?? "–" },
		{ name: "act", title: t("plans.held_act"), cell: actOf },
		{
			name: "connection",
			title: t("plans.held_connection"),
			cell: (row) => (row.connection ? <Link to={to`/tokens/${row.connection}`}>{row.connection}</Link> : "–"),
		},
		{ name: "seen", title: t("plans.held_seen"), sort: "held_seen", cell: (row) => <Time at={row.held_seen ?? row.created} /> },
		{
			name: "state",
			title: t("plans.held_state"),
			cell: (row) => <Badge tone={row.held_state === "open" ? "warn" : "quiet"}>{tWord("plans.held_state_", row.held_state)}</Badge>,
		},
		{
			name: "answer",
			title: t("plans.action"),
			cell: (row) => (
				<span class="actions">
					<button type="button" onClick={() => ask({ row, how: "approve" })}>
						{t("plans.allow")}
					</button>
					{row.held_state === "open" && (
						<button type="button" onClick={() => ask({ row, how: "reject" })}>
							{t("plans.refuse")}
						</button>
					)}
				</span>
			),
		},
	];
	const connection = filters[0]?.options?.find((one) => one.value === set.connection)?.title;
	return (
		<>
			<Filters filters={filters} />
			{set.connection && connection && set.act && open > 0 && (
				<All connection={set.connection} title={connection} act={set.act} count={open} />
			)}
			<DataTable<Held>
				name="held"
				caption={t("plans.held_changes")}
				columns={columns}
				filters={filters}
				topics={["held"]}
				views
				load={async ({ sort, order, cursor, limit }, signal) => {
					const page = await list<Held>("held", { sort, order, cursor, limit, filter: filterOf(set) }, signal);
					setOpen(page.items.filter((row) => row.held_state === "open").length);
					return page;
				}}
				id={(row) => row.id}
				link={(row) => to`/users/${row.held_subject}`}
				empty={
					<Empty kind="done" title={t("plans.nothing_held")}>
						{t("plans.nothing_held_lead")}
					</Empty>
				}
			/>
			{asked && <Decide row={asked.row} how={asked.how} close={() => ask(undefined)} />}
		</>
	);
}

// What may only be done when somebody allows it: by connections, and by groups of directories.
export default function HeldPage() {
	return (
		<Page title={t("plans.held_title")} lead={t("plans.held_lead")}>
			<Section title={t("plans.held_changes")}>
				<Changes />
			</Section>
			<Section title={t("plans.grants")}>
				<Grants />
			</Section>
		</Page>
	);
}
