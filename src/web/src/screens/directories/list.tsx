import { list } from "../../api";
import { number, t } from "../../i18n";
import { to } from "../../router";
import { type Column, DataTable, Empty, type Filter, Filters, Link, Page, reasonOf, Time } from "../../ui";
import type { Directory } from "../status/overview";
import { StateBadge } from "../status/standing";
import { NextStep } from "./next";
import type { Standing } from "./steps";

export type DirectoryRow = Directory & Standing & { id: string; uri: string };

function columns(): Column<DirectoryRow>[] {
	return [
		{ name: "name", title: t("directories.column_name"), sort: "name", cell: (row) => row.name },
		{
			name: "state",
			title: t("directories.column_state"),
			cell: (row) => (
				<>
					<StateBadge of={row} />
					{row.reason && <p class="quiet">{reasonOf(row)}</p>}
				</>
			),
		},
		{ name: "next", title: t("directories.column_next"), cell: (row) => <NextStep of={row} /> },
		{ name: "last_run", title: t("directories.column_last_run"), cell: (row) => <Time at={row.last_run} relative /> },
		{
			name: "next_run",
			title: t("directories.column_next_run"),
			cell: (row) => <Time at={row.next_try ?? row.next_full} relative />,
		},
		{ name: "people", title: t("directories.column_people"), end: true, cell: (row) => number(row.people ?? 0) },
		{
			name: "conflicts",
			title: t("directories.column_conflicts"),
			end: true,
			cell: (row) =>
				row.conflicts?.open ? (
					<Link to={`/conflicts?state=open&source=${encodeURIComponent(row.name)}`}>{number(row.conflicts.open)}</Link>
				) : (
					number(0)
				),
		},
		{ name: "uri", title: t("directories.column_server"), chosen: true, cell: (row) => row.uri },
	];
}

// The corporate directories that are followed: how each stands, and what is to be done.
export default function DirectoryList() {
	const filters: Filter[] = [{ name: "q", title: t("directories.search") }];
	const create = (
		<Link to="/directories/new" class="button primary">
			{t("directories.create")}
		</Link>
	);
	return (
		<Page title={t("directories.title")} lead={t("directories.lead")} actions={create}>
			<Filters filters={filters} />
			<DataTable<DirectoryRow>
				name="directories"
				caption={t("directories.title")}
				views
				columns={columns()}
				filters={filters}
				topics={["directories", "plans", "conflicts"]}
				load={({ q, ...asked }, signal) => list<DirectoryRow>("directories", { ...asked, contains: q as string }, signal)}
				id={(row) => row.id}
				link={(row) => to`/directories/${row.name}`}
				empty={
					<Empty kind="new" title={t("directories.none")} action={create}>
						{t("directories.none_lead")}
					</Empty>
				}
			/>
		</Page>
	);
}
