import { list } from "../../api";
import { number, t } from "../../i18n";
import { to } from "../../router";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Page, Time } from "../../ui";
import type { GroupRow } from "./rows";
import "../../style/access.css";

// The groups that directories and connections bring. They are read here and changed where they are from.
export default function Groups() {
	const filters: Filter[] = [{ name: "q", title: t("access.search_name") }];
	const set = filtersOf(filters);
	const columns: Column<GroupRow>[] = [
		{ name: "group", title: t("access.name"), sort: "group", cell: (row) => row.group },
		{ name: "description", title: t("access.description"), cell: (row) => row.description || "–" },
		{ name: "members", title: t("access.members"), end: true, cell: (row) => number(row.members) },
		{ name: "sources", title: t("access.sources"), cell: (row) => row.sources.join(", ") || t("access.source_here") },
		{ name: "modified", title: t("access.modified"), sort: "modified", cell: (row) => <Time at={row.modified} /> },
	];
	return (
		<Page title={t("access.groups")} lead={t("access.groups_lead")}>
			<Filters filters={filters} />
			<DataTable<GroupRow>
				name="groups"
				caption={t("access.groups")}
				columns={columns}
				filters={filters}
				topics={["groups"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<GroupRow>("groups", { sort: sort ?? "group", order, cursor, limit, total, contains: set.q }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/groups/${row.id}`}
				empty={
					<Empty kind="new" title={t("access.no_groups")}>
						{t("access.no_groups_lead")}
					</Empty>
				}
			/>
		</Page>
	);
}
