import { useState } from "preact/hooks";
import { list } from "../../api";
import { number, t } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, type Column, DataTable, Empty, type Filter, Filters, filtersOf, Link, Menu, MenuItem, MenuLink, Page, Time } from "../../ui";
import { labelOf, useCompany } from "../users/company";
import { DeleteRole, DuplicateRole, type Named } from "./role-dialogs";
import type { RoleRow } from "./rows";
import "../../style/access.css";

function RoleMenu(props: { row: RoleRow; copy: (of: Named) => void; remove: (of: Named) => void }) {
	const { row } = props;
	const of = { id: row.id, name: row.role };
	return (
		<Menu label="⋯" title={t("access.actions_of", { name: row.role })} class="plain">
			<MenuLink to={to`/roles/${row.id}`}>{t("access.open")}</MenuLink>
			{may("roles.edit") && (
				<>
					{!row.built_in && <MenuLink to={to`/roles/${row.id}/edit`}>{t("access.edit")}</MenuLink>}
					<MenuItem run={() => props.copy(of)}>{t("access.duplicate_ask")}</MenuItem>
				</>
			)}
			{may("audit.view") && <MenuLink to={`/audit?target=${row.id}`}>{t("access.history")}</MenuLink>}
			{may("roles.edit") && !row.built_in && (
				<MenuItem danger run={() => props.remove(of)}>
					{t("access.delete_ask")}
				</MenuItem>
			)}
		</Menu>
	);
}

// The roles of the company, each with how many hold it and how much it allows.
export default function Roles() {
	const company = useCompany();
	const [copied, setCopied] = useState<Named>();
	const [removed, setRemoved] = useState<Named>();
	const [round, setRound] = useState(0);
	const filters: Filter[] = [{ name: "q", title: t("access.search_roles") }];
	const set = filtersOf(filters);
	const columns: Column<RoleRow>[] = [
		{ name: "role", title: t("access.name"), sort: "role", cell: (row) => row.role },
		{ name: "description", title: t("access.description"), cell: (row) => row.description || "–" },
		{
			name: "kind",
			title: t("access.kind"),
			cell: (row) =>
				row.built_in ? <Badge tone="quiet">{t("access.built_in")}</Badge> : <Badge tone="info">{t("access.own")}</Badge>,
		},
		{
			name: "members",
			title: t("access.members"),
			end: true,
			cell: (row) => <Link to={`${to`/roles/${row.id}`}?tab=members`}>{number(row.members)}</Link>,
		},
		{ name: "permissions", title: t("access.permissions"), end: true, cell: (row) => number(row.permissions) },
		{ name: "level", title: t("access.level"), end: true, chosen: true, cell: (row) => row.level ?? "–" },
		{ name: "sources", title: t("access.sources"), chosen: true, cell: (row) => row.sources.join(", ") || t("access.source_here") },
		{ name: "modified", title: t("access.modified"), sort: "modified", cell: (row) => <Time at={row.modified} /> },
		{ name: "actions", title: t("access.actions"), cell: (row) => <RoleMenu row={row} copy={setCopied} remove={setRemoved} /> },
	];
	const create = may("roles.edit") && (
		<Link to="/roles/new" class="button primary">
			{t("access.new_role")}
		</Link>
	);
	return (
		<Page
			title={labelOf(company, "roles")}
			lead={t("access.roles_lead")}
			actions={
				<>
					<Link to="/roles/matrix" class="button">
						{t("access.matrix")}
					</Link>
					<Link to="/permissions" class="button">
						{t("access.permissions")}
					</Link>
					{create}
				</>
			}
		>
			<Filters filters={filters} />
			<DataTable<RoleRow>
				name="roles"
				caption={labelOf(company, "roles")}
				columns={columns}
				filters={filters}
				on={[round]}
				topics={["roles"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<RoleRow>("roles", { sort, order, cursor, limit, total, contains: set.q }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/roles/${row.id}`}
				empty={
					<Empty kind="new" title={t("access.no_roles")} action={create || undefined}>
						{t("access.no_roles_lead")}
					</Empty>
				}
			/>
			{copied && <DuplicateRole of={copied} close={() => setCopied(undefined)} />}
			{removed && (
				<DeleteRole of={removed} close={() => setRemoved(undefined)} done={() => setRound((old) => old + 1)} />
			)}
		</Page>
	);
}
