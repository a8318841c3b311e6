import { list, urlOf } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { path, query, setQuery } from "../../router";
import { may } from "../../session";
import { Badge, type Column, DataTable, Empty, type Filter, Filters, filtersOf, Page, Time } from "../../ui";
import { Drawer } from "./drawer";
import { askOf, outcomes, type Row, spans } from "./run";
import "../../style/directories.css";

const MANY = 200;

// Who can have asked: directories and connections, as far as one may see them.
function useSources(): { value: string; title: string }[] {
	const seen = [may("directories.manage") && "directories", may("clients.manage") && "tokens"].filter(
		(one): one is string => one !== false,
	);
	const loaded = useLoad(
		async (signal) => {
			const pages = await Promise.all(seen.map((one) => list<{ id: string; name: string }>(one, { limit: MANY }, signal)));
			return pages.flatMap((page) => page.items);
		},
		[seen.join()],
		["directories", "tokens"],
	);
	return (loaded.value ?? [])
		.map(({ name }) => ({ value: name, title: name }))
		.sort((a, b) => a.title.localeCompare(b.title));
}

function useFilters(): Filter[] {
	const sources = useSources();
	const words = (prefix: string, all: readonly string[]) => all.map((value) => ({ value, title: tWord(prefix, value) }));
	return [
		{ name: "text", title: t("provisioning.search") },
		{ name: "token", title: t("provisioning.source"), ...(sources.length > 0 ? { options: sources } : {}) },
		{ name: "outcome", title: t("provisioning.outcome"), options: words("provisioning.outcome_", Object.keys(outcomes)) },
		{ name: "problems", title: t("provisioning.problems"), options: [{ value: "1", title: t("provisioning.problems_only") }] },
		{
			name: "method",
			title: t("provisioning.method"),
			options: words("provisioning.method_", ["create", "update", "deactivate", "reactivate", "delete", "GET", "POST", "PUT", "PATCH", "DELETE"]),
		},
		{ name: "type", title: t("provisioning.type"), options: words("provisioning.type_", ["User", "Group"]) },
		{ name: "since", title: t("provisioning.since"), options: words("provisioning.since_", Object.keys(spans)) },
		{ name: "request", title: t("provisioning.request") },
		{ name: "subject", title: t("provisioning.subject_id") },
	];
}

function columns(): Column<Row>[] {
	return [
		{ name: "time", title: t("provisioning.time"), cell: (row) => <Time at={row.time} /> },
		{
			name: "outcome",
			title: t("provisioning.outcome"),
			cell: (row) => (
				<>
					<Badge tone={outcomes[row.outcome] ?? "info"}>{tWord("provisioning.outcome_", row.outcome)}</Badge>
					{row.dry_run && <small> {t("provisioning.dry_run")}</small>}
				</>
			),
		},
		{ name: "source", title: t("provisioning.source"), cell: (row) => row.token ?? "–" },
		{
			name: "action",
			title: t("provisioning.method"),
			cell: (row) => `${tWord("provisioning.method_", row.method ?? "–")}${row.count > 1 ? ` × ${number(row.count)}` : ""}`,
		},
		{
			name: "object",
			title: t("provisioning.object"),
			cell: (row) => (
				<span class="words">
					{row.subject ?? row.path ?? "–"} {row.type && <small>{tWord("provisioning.type_", row.type)}</small>}
				</span>
			),
		},
		{
			name: "detail",
			title: t("provisioning.detail"),
			cell: (row) => <span class="words">{row.detail || row.scim_type || "–"}</span>,
		},
		{ name: "status", title: t("provisioning.status"), end: true, chosen: true, cell: (row) => row.status || "–" },
		{ name: "ip", title: t("provisioning.ip"), chosen: true, cell: (row) => row.ip ?? "–" },
	];
}

// The address of a row: the list stays as it is behind the drawer.
function linkTo(row: Row): string {
	const next = new URLSearchParams(query.value);
	next.set("row", String(row.row));
	return `${path.value}?${next}`;
}

// What directories and connections asked for, object by object, and what became of it.
export default function ProvisioningLog() {
	const filters = useFilters();
	const asked = askOf(filtersOf(filters));
	const row = query.value.get("row");
	const csv = urlOf("provisioning.csv", asked);
	return (
		<Page
			title={t("provisioning.title")}
			lead={t("provisioning.lead")}
			actions={
				<a class="button" href={csv} download="provisioning.csv">
					{t("provisioning.csv")}
				</a>
			}
		>
			<Filters filters={filters} />
			<DataTable<Row>
				name="provisioning"
				views
				caption={t("provisioning.title")}
				columns={columns()}
				filters={filters}
				topics={["provisioning", "directories"]}
				load={({ cursor, limit }, signal) => list<Row>("provisioning", { ...asked, cursor, limit }, signal)}
				id={(one) => String(one.row)}
				link={linkTo}
				empty={
					<Empty kind="new" title={t("provisioning.none")}>
						{t("provisioning.none_lead")}
					</Empty>
				}
			/>
			{row && <Drawer key={row} row={row} close={() => setQuery({ row: null })} />}
		</Page>
	);
}
