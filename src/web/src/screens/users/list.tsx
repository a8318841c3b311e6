import { useState } from "preact/hooks";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Link, Menu, MenuItem, MenuLink, Page } from "../../ui";
import { BulkBar } from "./bulk";
import { columnsFor } from "./columns";
import { type Company, labelOf, useCompany, userTypes } from "./company";
import { CopyFilter } from "./copy-filter";
import { queryOf, textOf } from "./list-query";
import { nameOfRow, type UserRow } from "./people";
import { StateDialog } from "./state-dialog";
import "../../style/users.css";

const MANY = 200; // of roles or scopes: more are not chosen from a list

function useNamesOf(what: "roles" | "scopes"): { value: string; title: string }[] | undefined {
	const seen = may(`${what}.view`);
	const word = what === "roles" ? "role" : "scope";
	const loaded = useLoad(
		async (signal) => (seen ? await list<Record<string, string>>(what, { limit: MANY }, signal) : { items: [] }),
		[seen],
		[what],
	);
	if (!seen || !loaded.value || loaded.value.next_cursor) return undefined;
	return loaded.value.items
		.map((row) => ({ value: row[word] ?? "", title: row[word] ?? "" }))
		.sort((a, b) => a.title.localeCompare(b.title));
}

function useFilters(company: Company): Filter[] {
	const roles = useNamesOf("roles");
	const scopes = useNamesOf("scopes");
	const types = userTypes(company);
	const choice = (value: string, title: string) => ({ value, title });
	const filters: (Filter | false)[] = [
		{ name: "q", title: t("users.search") },
		{
			name: "state",
			title: t("users.column_state"),
			options: [
				choice("active", t("users.state_active")),
				choice("invited", t("users.state_invited")),
				choice("inactive", t("users.state_inactive")),
			],
		},
		may("roles.view") && { name: "role", title: labelOf(company, "roles"), ...(roles ? { options: roles } : {}) },
		may("scopes.view") && { name: "scope", title: labelOf(company, "scopes"), ...(scopes ? { options: scopes } : {}) },
		types.length > 0 && {
			name: "type",
			title: t("users.column_user_type"),
			options: types.map((type) => choice(type, type)),
		},
		company.preset === "users-app" && { name: "organization", title: t("users.column_organization") },
		company.preset === "titanus" && {
			name: "access",
			title: t("users.column_full_access"),
			options: [choice("full", t("users.yes"))],
		},
		{
			name: "login",
			title: t("users.column_last_login"),
			options: [
				choice("never", t("users.login_never")),
				choice("30", t("users.login_since", { n: 30 })),
				choice("90", t("users.login_since", { n: 90 })),
			],
		},
	];
	return filters.filter((one): one is Filter => one !== false);
}

function RowMenu(props: { row: UserRow; change: (row: UserRow) => void }) {
	const { row } = props;
	return (
		<Menu label="⋯" title={t("users.actions_of", { name: nameOfRow(row) })} class="plain">
			<MenuLink to={to`/users/${row.id}`}>{t("users.open")}</MenuLink>
			{may("users.edit") && <MenuLink to={to`/users/${row.id}/edit`}>{t("users.edit")}</MenuLink>}
			<MenuLink to={`${to`/users/${row.id}`}?tab=access`}>{t("users.see_access")}</MenuLink>
			{may("users.deactivate") && (
				<MenuItem danger={row.active} run={() => props.change(row)}>
					{t(row.active ? "users.suspend_one" : "users.reactivate_one")}
				</MenuItem>
			)}
		</Menu>
	);
}

// The people of the company: searched, narrowed, sorted, chosen from, changed many at once.
export default function Users() {
	const company = useCompany();
	const filters = useFilters(company);
	const [changing, setChanging] = useState<UserRow>();
	const set = filtersOf(filters);
	const title = labelOf(company, "users");
	const columns: Column<UserRow>[] = [
		...columnsFor(company),
		{
			name: "actions",
			title: t("users.column_actions"),
			cell: (row) => <RowMenu row={row} change={setChanging} />,
		},
	];
	const create = may("users.create") && (
		<Link to="/users/new" class="button primary">
			{t(company.preset === "titanus" ? "users.invite" : "users.create")}
		</Link>
	);
	return (
		<Page
			title={title}
			actions={
				<>
					<Link to="/users/tree" class="button">
						{t("users.tree")}
					</Link>
					{may("users.create") && (
						<Link to="/imports" class="button">
							{t("users.import")}
						</Link>
					)}
					{create}
				</>
			}
		>
			<Filters filters={filters} />
			<CopyFilter filter={textOf(set)} />
			<DataTable<UserRow>
				// Which columns are shown at first is the preset's, which may be told after the rows.
				key={company.preset}
				name={`users-${company.preset}`}
				caption={title}
				columns={columns}
				filters={filters}
				topics={["users"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<UserRow>("users", { sort: sort ?? "name", order, cursor, limit, total, ...queryOf(set) }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/users/${row.id}`}
				empty={
					<Empty kind="new" title={t("users.nobody")} action={create || undefined}>
						{t("users.nobody_lead")}
					</Empty>
				}
				bulk={(selection) => <BulkBar selection={selection} set={set} company={company} />}
			/>
			{changing && (
				<StateDialog
					id={changing.id}
					name={nameOfRow(changing)}
					active={changing.active}
					close={() => setChanging(undefined)}
				/>
			)}
		</Page>
	);
}
