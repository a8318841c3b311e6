import { useState } from "preact/hooks";
import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { go, to } from "../../router";
import { may } from "../../session";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Page, Time } from "../../ui";
import { emptyScopeMeansAll, labelOf, useCompany } from "../users/company";
import type { ScopeRow } from "./rows";
import { ScopeDialog } from "./scope-dialogs";
import "../../style/access.css";

// The sites, facilities or groups that people's rights are limited to.
export default function Scopes() {
	const company = useCompany();
	const [creating, setCreating] = useState(false);
	const title = labelOf(company, "scopes");
	const filters: Filter[] = [{ name: "q", title: t("access.search_name") }];
	const set = filtersOf(filters);
	const columns: Column<ScopeRow>[] = [
		{ name: "scope", title: t("access.name"), sort: "scope", cell: (row) => row.scope },
		{ name: "description", title: t("access.description"), cell: (row) => row.description || "–" },
		{ name: "kind", title: t("access.kind"), cell: (row) => (row.scope_kind ? tWord("access.scope_kind_", row.scope_kind) : "–") },
		{ name: "external", title: t("access.external"), chosen: true, cell: (row) => row.external_id || "–" },
		{ name: "members", title: t("access.members"), end: true, cell: (row) => number(row.members) },
		{ name: "sources", title: t("access.sources"), cell: (row) => row.sources.join(", ") || t("access.source_here") },
		{ name: "modified", title: t("access.modified"), sort: "modified", cell: (row) => <Time at={row.modified} /> },
	];
	const create = may("scopes.edit") && (
		<button type="button" class="primary" onClick={() => setCreating(true)}>
			{t("access.scope_new")}
		</button>
	);
	return (
		<Page
			title={title}
			lead={t(emptyScopeMeansAll(company) ? "access.scopes_lead_all" : "access.scopes_lead_none")}
			actions={create || undefined}
		>
			<Filters filters={filters} />
			<DataTable<ScopeRow>
				name="scopes"
				caption={title}
				columns={columns}
				filters={filters}
				topics={["scopes"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<ScopeRow>("scopes", { sort: sort ?? "scope", order, cursor, limit, total, contains: set.q }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/scopes/${row.id}`}
				empty={
					<Empty kind="new" title={t("access.no_scopes")} action={create || undefined}>
						{t("access.no_scopes_lead")}
					</Empty>
				}
			/>
			{creating && <ScopeDialog close={() => setCreating(false)} done={(id) => go(to`/scopes/${id}`)} />}
		</Page>
	);
}
