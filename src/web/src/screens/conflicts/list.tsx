import { useRef } from "preact/hooks";
import { get, list } from "../../api";
import { moment, number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, to } from "../../router";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Link, Page, Time } from "../../ui";
import { attributeLabel, Named, State, valueText } from "./bits";
import { BulkBar } from "./bulk";
import { type ConflictRow, entryOf, nameOf, type Side, states, types } from "./conflict";
import "../../style/sync.css";

interface Summary {
	open: number;
	types: { type: string; open: number }[];
	sources: { source: Side; open: number }[];
}

const counted = (title: string, n: number | undefined) => (n ? `${title} (${number(n)})` : title);

// Sources that have nothing open are known by the address alone.
function useFilters(summary: Summary | undefined): Filter[] {
	const sources = (summary?.sources ?? []).map(({ source, open }) => ({
		value: source.name ?? source.id,
		title: counted(nameOf(source) ?? t("conflicts.gone"), open),
	}));
	const asked = query.value.get("source");
	if (asked && !sources.some((one) => one.value === asked)) sources.push({ value: asked, title: asked });
	return [
		{
			name: "kind",
			title: t("conflicts.kind"),
			options: types.map((type) => ({
				value: type,
				title: counted(tWord("conflicts.type_", type), summary?.types.find((row) => row.type === type)?.open),
			})),
		},
		{ name: "source", title: t("conflicts.source"), options: sources },
	];
}

function States(props: { shown: string }) {
	const rest = new URLSearchParams(query.value);
	rest.delete("cursor");
	return (
		<nav class="kinds" aria-label={t("conflicts.state")}>
			{states.map((state) => {
				rest.set("state", state);
				return (
					<Link key={state} to={`/conflicts?${rest}`} current={props.shown === state}>
						{tWord("conflicts.show_", state)}
					</Link>
				);
			})}
		</nav>
	);
}

interface Standing {
	directories?: { last_run?: string; people?: number }[];
}

// Nothing is open: since which look, at how many.
function AllDone() {
	const loaded = useLoad((signal) => get<Standing>("overview", {}, signal), [], ["directories"]);
	const directories = loaded.value?.directories ?? [];
	const last = directories.map((one) => one.last_run ?? "").sort().at(-1);
	const people = directories.reduce((sum, one) => sum + (one.people ?? 0), 0);
	if (loaded.value && directories.length === 0) {
		return (
			<Empty kind="new" title={t("conflicts.none_new")} action={<Link to="/directories/new">{t("conflicts.connect")}</Link>}>
				{t("conflicts.none_new_lead")}
			</Empty>
		);
	}
	return (
		<Empty kind="done" title={t("conflicts.none_open")}>
			{last && t("conflicts.none_open_lead", { time: moment(last), n: people })}
		</Empty>
	);
}

function columns(): Column<ConflictRow>[] {
	return [
		{
			name: "subject",
			title: t("conflicts.about"),
			cell: (row) => (row.subject?.name === undefined ? (entryOf(row) ?? t("conflicts.gone")) : <Named of={row.subject} plain />),
		},
		{ name: "type", title: t("conflicts.kind"), cell: (row) => tWord("conflicts.type_", row.type) },
		{ name: "attribute", title: t("conflicts.attribute"), cell: (row) => (row.attribute ? attributeLabel(row.attribute) : "–") },
		{ name: "ours", title: t("conflicts.here"), cell: (row) => <span class="value">{row.ours ? valueText(row.ours) : "–"}</span> },
		{ name: "theirs", title: t("conflicts.source_says"), cell: (row) => <span class="value">{row.theirs ? valueText(row.theirs) : "–"}</span> },
		{ name: "source", title: t("conflicts.source"), cell: (row) => <Named of={row.source} /> },
		{ name: "seen", title: t("conflicts.seen"), sort: "seen", cell: (row) => <Time at={row.seen} /> },
		{ name: "state", title: t("conflicts.state"), cell: (row) => <State of={row.state} /> },
	];
}

// What a machine must not decide: found, narrowed, decided one by one or many at once.
export default function Conflicts() {
	const summary = useLoad((signal) => get<Summary>("conflicts/summary", {}, signal), [], ["conflicts"]);
	const filters = useFilters(summary.value);
	const set = filtersOf(filters);
	const state = query.value.get("state") ?? "open";
	const asked = { ...set, ...(state === "all" ? {} : { state }) };
	const seen = useRef(new Map<string, ConflictRow>());

	return (
		<Page title={t("conflicts.title")} lead={t("conflicts.lead")}>
			<States shown={state} />
			<Filters filters={filters} />
			<DataTable<ConflictRow>
				name="conflicts"
				caption={t("conflicts.title")}
				columns={columns()}
				filters={filters}
				on={[state]}
				topics={["conflicts"]}
				views
				load={async ({ sort, order, cursor, limit, total }, signal) => {
					const page = await list<ConflictRow>("conflicts", { sort, order, cursor, limit, total, ...asked }, signal);
					for (const row of page.items) seen.current.set(row.id, row);
					return page;
				}}
				id={(row) => row.id}
				link={(row) => to`/conflicts/${row.id}`}
				empty={
					state === "open" ? (
						<AllDone />
					) : (
						<Empty kind="done" title={t("conflicts.none_of_state", { state: tWord("conflicts.show_", state) })} />
					)
				}
				bulk={(selection) => <BulkBar key={JSON.stringify(asked)} selection={selection} asked={asked} seen={seen.current} />}
				selectable={(row) => row.answers.some((as) => as !== "approve-once")}
			/>
		</Page>
	);
}
