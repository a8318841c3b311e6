import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Page, Query } from "../api";
import { number, t } from "../i18n";
import type { Topic } from "../live";
import { useLoad } from "../load";
import { go, query, setQuery } from "../router";
import { Empty } from "./empty";
import { Failure } from "./failure";
import { clearFilters, type Filter, filtersOf, valueTitle } from "./filters";
import { keysShown } from "./keys";
import { Link } from "./link";
import { Menu } from "./menu";
import { useNarrow } from "./narrow";
import { remember, remembered } from "./remember";
import { announce } from "./say";
import "../style/lists.css";

export interface Column<Row> {
	name: string;
	title: string;
	cell: (row: Row) => ComponentChildren;
	sort?: string; // what the API sorts by; absent: it does not
	end?: boolean; // numbers stand at the end
	chosen?: boolean; // only when the reader has chosen it
}

// What the table asks the API for; to be handed on with the screen's own arguments.
export interface ListAsk extends Query {
	sort?: string;
	order?: string;
	cursor?: string;
	limit: number;
	total: boolean;
}

export interface Selection {
	ids: string[]; // empty when `all`
	all: boolean; // all that match, `count` of them: say so by filter and expected_count
	count: number;
	clear(): void;
}

const sizes = [20, 50, 100, 200];
const views = ["list", "dense", "cards"] as const;

// A list of the API as a real table. `name` is what its page size and columns are remembered by. The
// first column is the row's header, and the link to it when there is one.
export function DataTable<Row>(props: {
	name: string;
	caption: string;
	columns: readonly Column<Row>[];
	load: (asked: ListAsk, signal: AbortSignal) => Promise<Page<Row>>;
	on?: readonly unknown[]; // asked anew when these change, beside the table's own state
	topics?: readonly Topic[];
	id: (row: Row) => string;
	link?: (row: Row) => string;
	filters?: readonly Filter[]; // those of the <Filters> above
	empty: ComponentChildren; // an <Empty> of kind "new" or "done": nothing there at all
	bulk?: (selection: Selection) => ComponentChildren; // buttons of the bar; absent: nothing is selected
	selectable?: (row: Row) => boolean;
	below?: (row: Row) => ComponentChildren; // a part below a row; null: none
	views?: boolean; // the reader may choose between a list, a dense one and cards
}) {
	const filters = props.filters ?? [];
	const set = filtersOf(filters);
	const sort = query.value.get("sort") ?? undefined;
	const order = query.value.get("order") ?? undefined;
	const cursor = query.value.get("cursor") ?? undefined;
	const [size, setSize] = useState(() => readSize(props.name));
	const [hidden, setHidden] = useState(() => readHidden(props.name, props.columns));
	const [wanted, setWanted] = useState(() => remembered(`${props.name}.view`));
	const slim = useNarrow();
	const view = props.views ? (views.find((one) => one === wanted) ?? (slim ? "cards" : "list")) : "list";
	const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
	const [all, setAll] = useState(false);
	const [active, setActive] = useState(0);
	// The pages that led here. "Back" of the browser and another order change the page without us.
	const shown = cursor ?? null;
	const [trail, setTrail] = useState([shown]);
	const turned = trail.indexOf(shown);
	const body = useRef<HTMLTableSectionElement>(null);
	const filtered = JSON.stringify(set);
	// To count is the dearest part of an answer: on the pages behind the first one it is known.
	const counted = useRef<{ filtered: string; total: number | undefined }>({ filtered: "", total: undefined });

	const loaded = useLoad(
		async (signal) => {
			const known = cursor !== undefined && counted.current.filtered === filtered ? counted.current.total : undefined;
			const page = await props.load({ ...set, sort, order, cursor, limit: size, total: known === undefined }, signal);
			counted.current = { filtered, total: page.total ?? known };
			return { ...page, total: page.total ?? known };
		},
		[filtered, sort, order, cursor, size, ...(props.on ?? [])],
		props.topics,
	);
	const rows = loaded.value?.items ?? [];
	const total = loaded.value?.total;
	const columns = props.columns.filter((column) => !hidden.has(column.name));
	const may = (row: Row) => props.selectable?.(row) ?? true;
	const open = rows.filter(may);
	const here = open.filter((row) => chosen.has(props.id(row)));

	const clear = () => {
		setChosen(new Set());
		setAll(false);
	};
	useEffect(clear, [filtered]);
	useEffect(() => setActive(0), [filtered, cursor, sort, order]);
	// Told once a question, not with each change that comes by itself.
	const told = useRef("");
	const question = JSON.stringify([filtered, sort, order, cursor, size]);
	useEffect(() => {
		if (loaded.busy || !loaded.value || told.current === question) return;
		if (told.current) announce(countText(rows.length, total));
		told.current = question;
	}, [loaded.value, loaded.busy, question]);

	function toggle(row: Row) {
		if (!props.bulk || !may(row)) return;
		const next = new Set(chosen);
		if (!next.delete(props.id(row))) next.add(props.id(row));
		setChosen(next);
		setAll(false);
	}

	function toggleAll() {
		const next = new Set(chosen);
		for (const row of open) {
			if (here.length === open.length) next.delete(props.id(row));
			else next.add(props.id(row));
		}
		setChosen(next);
		setAll(false);
	}

	function focusRow(at: number) {
		const next = Math.max(0, Math.min(rows.length - 1, at));
		setActive(next);
		body.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus();
	}

	function keys(event: KeyboardEvent) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const target = event.target as HTMLElement;
		const row = rows[active];
		const run: Record<string, () => void> = {
			j: () => focusRow(active + 1),
			ArrowDown: () => focusRow(active + 1),
			k: () => focusRow(active - 1),
			ArrowUp: () => focusRow(active - 1),
			Home: () => focusRow(0),
			End: () => focusRow(rows.length - 1),
			x: () => row && toggle(row),
			"?": () => (keysShown.value = true),
			"/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
		};
		if (target.hasAttribute("data-row") && row && props.link) {
			const to = props.link(row);
			run.Enter = () => go(to);
		}
		const found = run[event.key];
		if (!found || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
		event.preventDefault();
		found();
	}

	function turn(to: string) {
		setTrail([...(turned < 0 ? [shown] : trail.slice(0, turned + 1)), to]);
		setQuery({ cursor: to });
	}

	// A table that is laid out as cards is a table only by what it says of itself.
	const as = <Role extends string>(role: Role) => (view === "cards" ? role : undefined);
	const nothing = loaded.value !== undefined && rows.length === 0;
	if (nothing && !cursor && Object.keys(set).length === 0 && !loaded.error) return <>{props.empty}</>;

	const selection: Selection = {
		ids: all ? [] : [...chosen],
		all,
		count: all ? (total ?? 0) : chosen.size,
		clear,
	};
	return (
		<div class={`table as-${view}`}>
			{loaded.error && <Failure error={loaded.error} retry={loaded.reload} />}
			{props.bulk && selection.count > 0 && (
				<div class="bulk" role="group" aria-label={t("shell.bulk")}>
					<span>{t("shell.selected", { n: selection.count })}</span>
					{!all && here.length === open.length && total !== undefined && total > chosen.size && (
						<button type="button" class="plain" onClick={() => setAll(true)}>
							{t("shell.select_all_matching", { n: total })}
						</button>
					)}
					{props.bulk(selection)}
					<button type="button" class="plain" onClick={clear}>
						{t("shell.selection_clear")}
					</button>
				</div>
			)}
			{nothing && Object.keys(set).length > 0 ? (
				<Empty
					kind="none"
					title={t("shell.none_found")}
					action={
						<button type="button" onClick={() => clearFilters(filters)}>
							{t("shell.filters_clear")}
						</button>
					}
				>
					{t("shell.none_found_lead", { filters: describe(filters, set) })}
				</Empty>
			) : (
				<div class="scroll">
					<table role={as("table")} aria-busy={loaded.busy} class={loaded.busy ? "busy" : undefined} onKeyDown={keys}>
						<caption class="hidden">{props.caption}</caption>
						<thead role={as("rowgroup")}>
							<tr role={as("row")}>
								{props.bulk && (
									<th role={as("columnheader")} scope="col" class="tick">
										<input
											type="checkbox"
											aria-label={t("shell.select_page")}
											checked={open.length > 0 && here.length === open.length}
											ref={(box) => {
												if (box) box.indeterminate = here.length > 0 && here.length < open.length;
											}}
											onChange={toggleAll}
										/>
									</th>
								)}
								{columns.map((column) => (
									<Head key={column.name} column={column} sort={sort} order={order} role={as("columnheader")} />
								))}
							</tr>
						</thead>
						<tbody role={as("rowgroup")} ref={body}>
							{rows.map((row, i) => (
								<Fragment key={props.id(row)}>
									<tr
										role={as("row")}
										data-row={i}
										tabIndex={i === active ? 0 : -1}
										aria-selected={props.bulk ? all || chosen.has(props.id(row)) : undefined}
										onFocus={() => setActive(i)}
									>
										{props.bulk && (
											<td role={as("cell")} class="tick">
												<input
													type="checkbox"
													tabIndex={-1}
													aria-labelledby={`${props.name}-row-${i}`}
													checked={all || chosen.has(props.id(row))}
													disabled={!may(row)}
													onChange={() => toggle(row)}
												/>
											</td>
										)}
										{columns.map((column, at) =>
											at === 0 ? (
												<th key={column.name} role={as("rowheader")} scope="row" id={`${props.name}-row-${i}`}>
													{props.link ? <Link to={props.link(row)}>{column.cell(row)}</Link> : column.cell(row)}
												</th>
											) : (
												<td key={column.name} role={as("cell")} class={column.end ? "end" : undefined} data-title={column.title}>
													{column.cell(row)}
												</td>
											),
										)}
									</tr>
									{props.below?.(row) && (
										<tr role={as("row")} class="below">
											<td role={as("cell")} colSpan={columns.length + (props.bulk ? 1 : 0)}>{props.below(row)}</td>
										</tr>
									)}
								</Fragment>
							))}
						</tbody>
					</table>
				</div>
			)}
			<div class="table-foot">
				<span>{loaded.value ? countText(rows.length, total) : t("shell.loading")}</span>
				<nav aria-label={t("shell.pages", { table: props.caption })}>
					{cursor && (
						<button type="button" onClick={() => setQuery({ cursor: null })}>
							{t("shell.page_first")}
						</button>
					)}
					{turned > 0 && (
						<button type="button" onClick={() => setQuery({ cursor: trail[turned - 1] ?? null })}>
							{t("shell.page_previous")}
						</button>
					)}
					{loaded.value?.next_cursor && (
						<button type="button" onClick={() => turn(loaded.value?.next_cursor ?? "")}>
							{t("shell.page_next")}
						</button>
					)}
				</nav>
				<label>
					{t("shell.page_size")}{" "}
					<select
						value={String(size)}
						onChange={(event) => {
							const next = Number(event.currentTarget.value);
							remember(`${props.name}.size`, String(next));
							setSize(next);
							setQuery({ cursor: null }, { replace: true });
						}}
					>
						{sizes.map((one) => (
							<option key={one} value={String(one)}>
								{one}
							</option>
						))}
					</select>
				</label>
				{props.views && (
					<label>
						{t("shell.view")}{" "}
						<select
							value={view}
							onChange={(event) => {
								remember(`${props.name}.view`, event.currentTarget.value);
								setWanted(event.currentTarget.value);
							}}
						>
							{views.map((one) => (
								<option key={one} value={one}>
									{t(`shell.view_${one}`)}
								</option>
							))}
						</select>
					</label>
				)}
				<Chooser name={props.name} columns={props.columns} hidden={hidden} setHidden={setHidden} />
				<button type="button" class="plain" onClick={() => (keysShown.value = true)}>
					{t("shell.keys")}
				</button>
			</div>
		</div>
	);
}

function Head<Row>(props: {
	column: Column<Row>;
	sort: string | undefined;
	order: string | undefined;
	role: "columnheader" | undefined;
}) {
	const { column, sort, order } = props;
	const sorted = column.sort !== undefined && column.sort === sort;
	const descending = sorted && order === "desc";
	return (
		<th
			role={props.role}
			scope="col"
			class={column.end ? "end" : undefined}
			aria-sort={sorted ? (descending ? "descending" : "ascending") : undefined}
		>
			{column.sort === undefined ? (
				column.title
			) : (
				<button
					type="button"
					class="sort"
					onClick={() =>
						setQuery({
							sort: column.sort ?? null,
							order: sorted && !descending ? "desc" : "asc",
							cursor: null,
						})
					}
				>
					{column.title} <span aria-hidden="true">{sorted ? (descending ? "▼" : "▲") : "↕"}</span>
				</button>
			)}
		</th>
	);
}

function Chooser<Row>(props: {
	name: string;
	columns: readonly Column<Row>[];
	hidden: ReadonlySet<string>;
	setHidden: (hidden: ReadonlySet<string>) => void;
}) {
	const { columns, hidden } = props;
	if (columns.length < 3) return null;
	function change(name: string) {
		const next = new Set(hidden);
		if (!next.delete(name)) next.add(name);
		remember(`${props.name}.hidden`, JSON.stringify([...next]));
		props.setHidden(next);
	}
	return (
		<Menu label={t("shell.columns")} class="plain">
			{columns.slice(1).map((column) => (
				<label key={column.name} class="check">
					<input type="checkbox" checked={!hidden.has(column.name)} onChange={() => change(column.name)} />{" "}
					{column.title}
				</label>
			))}
		</Menu>
	);
}

function readSize(name: string): number {
	const found = Number(remembered(`${name}.size`));
	return sizes.includes(found) ? found : 50;
}

function readHidden<Row>(name: string, columns: readonly Column<Row>[]): ReadonlySet<string> {
	try {
		const found: unknown = JSON.parse(remembered(`${name}.hidden`) ?? "");
		if (Array.isArray(found)) return new Set(found.map(String));
	} catch {
		// never chosen
	}
	return new Set(columns.filter((column) => column.chosen).map((column) => column.name));
}

function countText(shown: number, total: number | undefined): string {
	return total === undefined
		? t("shell.count_shown", { n: shown })
		: t("shell.count_of", { shown: number(shown), n: total });
}

function describe(filters: readonly Filter[], set: Record<string, string>): string {
	return Object.entries(set)
		.map(([name, value]) => {
			const filter = filters.find((one) => one.name === name);
			return `${filter?.title ?? name}: ${valueTitle(filter, value)}`;
		})
		.join(", ");
}
