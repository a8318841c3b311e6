import { useState } from "preact/hooks";
import { list } from "../../api";
import { and, compare } from "../../filter";
import { number, t } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Link, Page, Time } from "../../ui";
import { type CompanyRow, kinds } from "./company";
import { CreateCompany } from "./create";
import { StateBadge } from "./parts";

const columns = (): Column<CompanyRow>[] => [
	{ name: "tenant", title: t("operator.company"), sort: "tenant", cell: (row) => row.tenant },
	{ name: "state", title: t("operator.state"), cell: (row) => <StateBadge of={row} /> },
	{ name: "type", title: t("operator.kind"), cell: (row) => t(`operator.kind_${row.type}`) },
	{ name: "users", title: t("operator.people"), end: true, cell: (row) => number(row.users) },
	{
		name: "parent",
		title: t("operator.parent"),
		cell: (row) => (row.parent ? <Link to={to`/tenants/${row.parent}`}>{row.parent}</Link> : "–"),
	},
	{ name: "created", title: t("operator.created"), sort: "created", cell: (row) => <Time at={row.created} /> },
	...(may("tenants.switch") ? [enter()] : []),
];

const enter = (): Column<CompanyRow> => ({
	name: "enter",
	title: t("operator.work_in"),
	cell: (row) => (
		<Link to="/" within={row.tenant}>
			{t("operator.enter")}
			<span class="hidden"> {row.tenant}</span>
		</Link>
	),
});

// Every company of the installation, for its operators.
export default function Companies() {
	const [creating, setCreating] = useState(false);
	const filters: Filter[] = [
		{ name: "q", title: t("operator.search") },
		{
			name: "state",
			title: t("operator.state"),
			options: [
				{ value: "active", title: t("operator.state_active") },
				{ value: "suspended", title: t("operator.state_suspended") },
			],
		},
		{ name: "type", title: t("operator.kind"), options: kinds.map((kind) => ({ value: kind, title: t(`operator.kind_${kind}`) })) },
	];
	const set = filtersOf(filters);
	const create = (
		<button type="button" class="primary" onClick={() => setCreating(true)}>
			{t("operator.create")}
		</button>
	);
	return (
		<Page title={t("shell.menu_tenants")} lead={t("operator.lead")} actions={create}>
			<Filters filters={filters} />
			<DataTable<CompanyRow>
				name="tenants"
				caption={t("shell.menu_tenants")}
				columns={columns()}
				filters={filters}
				topics={["tenants"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<CompanyRow>(
						"/api/v1/tenants",
						{
							sort: sort ?? "tenant",
							order,
							cursor,
							limit,
							total,
							contains: set.q,
							filter: and(
								set.type && compare("type", "eq", set.type),
								set.state && compare("active", "eq", set.state === "active"),
							),
						},
						signal,
					)
				}
				id={(row) => row.id}
				link={(row) => to`/tenants/${row.tenant}`}
				empty={
					<Empty kind="new" title={t("operator.none")} action={create}>
						{t("operator.none_lead")}
					</Empty>
				}
			/>
			{creating && <CreateCompany close={() => setCreating(false)} />}
		</Page>
	);
}
