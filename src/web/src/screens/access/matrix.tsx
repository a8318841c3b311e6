import { Fragment } from "preact";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Empty, type Filter, Filters, filtersOf, Link, Page, Scroll, Shown } from "../../ui";
import { labelOf, useCompany } from "../users/company";
import { groupTitle, permissionTitle, usePermissions } from "./catalogue";
import { Granted } from "./permission-fields";
import { type Permission, type RoleRow, search } from "./rows";
import "../../style/access.css";

const MANY = 200; // roles side by side: more are not compared by eye

function grouped(permissions: readonly Permission[]): [string, Permission[]][] {
	const groups = new Map<string, Permission[]>();
	for (const one of permissions) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
	return [...groups];
}

function Table(props: { permissions: readonly Permission[]; roles: readonly RoleRow[] }) {
	const { roles } = props;
	return (
		<div class="table">
			<Scroll label={t("access.matrix")}>
				<table class="matrix">
					<caption class="hidden">{t("access.matrix")}</caption>
					<thead>
						<tr>
							<th scope="col">{t("access.permission")}</th>
							{roles.map((role) => (
								<th scope="col" key={role.id}>
									<Link to={to`/roles/${role.id}`}>{role.role}</Link>
								</th>
							))}
						</tr>
					</thead>
					{grouped(props.permissions).map(([group, permissions]) => (
						<tbody key={group}>
							<tr class="group">
								<th scope="rowgroup" colSpan={roles.length + 1}>
									{groupTitle(group)}
								</th>
							</tr>
							{permissions.map((one) => (
								<tr key={one.permission}>
									<th scope="row">
										{permissionTitle(one)} <code class="quiet">{one.permission}</code>
									</th>
									{roles.map((role) => (
										<td key={role.id}>
											<Granted is={one.roles.includes(role.role)} />
										</td>
									))}
								</tr>
							))}
						</tbody>
					))}
				</table>
			</Scroll>
		</div>
	);
}

// Which role allows what, all of them side by side.
export default function Matrix() {
	const company = useCompany();
	const known = usePermissions();
	const roles = useLoad((signal) => list<RoleRow>("roles", { limit: MANY }, signal), [], ["roles"]);
	const options = (roles.value?.items ?? []).map((role) => ({ value: role.id, title: role.role }));
	const filters: Filter[] = [
		{ name: "q", title: t("access.search_permissions") },
		{ name: "role", title: t("access.only_role"), options },
		{ name: "beside", title: t("access.beside_role"), options },
	];
	const set = filtersOf(filters);
	const chosen = [set.role, set.beside].filter(Boolean);
	return (
		<Page
			title={t("access.matrix")}
			lead={t("access.matrix_lead")}
			back={<Link to="/roles">{labelOf(company, "roles")}</Link>}
		>
			<Filters filters={filters} />
			<Shown of={known}>
				{(all) => {
					const found = search(all, set.q ?? "");
					if (found.length === 0) {
						return (
							<Empty kind="none" title={t("shell.none_found")}>
								{t("access.no_permission_found", { text: set.q ?? "" })}
							</Empty>
						);
					}
					return (
						<Shown of={roles}>
							{({ items, next_cursor }) => (
								<Fragment>
									{next_cursor && <p>{t("access.matrix_more", { n: MANY })}</p>}
									<Table
										permissions={found}
										roles={chosen.length > 0 ? items.filter((role) => chosen.includes(role.id)) : items}
									/>
								</Fragment>
							)}
						</Shown>
					);
				}}
			</Shown>
		</Page>
	);
}
