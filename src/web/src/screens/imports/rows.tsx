import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { query, to } from "../../router";
import { Badge, type Column, DataTable, Empty, type Filter, Filters, sentence } from "../../ui";
import { addressOf, type Import, type ImportRow, standingOf, toneOfRow, whoOf } from "./import";

function Why(props: { row: ImportRow }) {
	const { row } = props;
	return (
		<>
			{row.column && <strong>{row.column}: </strong>}
			{row.detail ? (row.column ? row.detail : sentence(row.detail)) : !row.update && "–"}
			{row.differs && <span class="quiet"> {t("imports.differs", { columns: row.differs.join(", ") })}</span>}
		</>
	);
}

function columns(header: readonly string[]): Column<ImportRow>[] {
	return [
		{ name: "who", title: t("imports.who"), cell: (row) => whoOf(header, row) },
		{ name: "address", title: t("imports.address"), cell: (row) => addressOf(header, row) },
		{ name: "line", title: t("imports.line"), end: true, cell: (row) => number(row.line) },
		{
			name: "standing",
			title: t("imports.outcome"),
			cell: (row) => <Badge tone={toneOfRow(row)}>{tWord("imports.row_", standingOf(row))}</Badge>,
		},
		{ name: "why", title: t("imports.why"), cell: (row) => <Why row={row} /> },
	];
}

function filterOf(one: Import): Filter {
	const counted = (value: string, n: number) => ({ value, title: t("imports.class_count", { class: tWord("imports.class_", value), n }) });
	const options = [counted("importable", one.importable), counted("error", one.errors), counted("duplicate", one.duplicates)];
	if (one.refused > 0) options.push(counted("refused", one.refused));
	return { name: "class", title: t("imports.class"), options };
}

// The lines of the file, of one class or of all, a page at a time.
export function Rows(props: { of: Import }) {
	const { of: one } = props;
	const filters = [filterOf(one)];
	const chosen = query.value.get("class") ?? undefined;
	return (
		<>
			<Filters filters={filters} />
			<DataTable<ImportRow>
				name="import-rows"
				views
				caption={t("imports.lines")}
				columns={columns(one.header)}
				filters={filters}
				on={[one.import, one.state, chosen]}
				load={({ cursor, limit }, signal) =>
					list<ImportRow>(to`imports/${one.import}/rows`, { class: chosen, cursor, limit }, signal)
				}
				id={(row) => String(row.row)}
				empty={<Empty kind="done" title={t("imports.no_rows")} />}
			/>
		</>
	);
}
