import { t, tWord } from "../../i18n";
import { to } from "../../router";
import { Badge, Empty, type Filter, Filters, filtersOf, Link, Page, Scroll, Shown } from "../../ui";
import { groupTitle, permissionTitle, usePermissions } from "./catalogue";
import { type Permission, search } from "./rows";
import "../../style/access.css";

const origins = ["core", "preset", "registered", "app"] as const;

function Rows(props: { of: readonly Permission[] }) {
	return (
		<div class="table">
			<Scroll label={t("access.permissions")}>
				<table>
					<caption class="hidden">{t("access.permissions")}</caption>
					<thead>
						<tr>
							<th scope="col">{t("access.permission")}</th>
							<th scope="col">{t("access.code")}</th>
							<th scope="col">{t("access.group")}</th>
							<th scope="col">{t("access.origin")}</th>
							<th scope="col">{t("access.holds_within")}</th>
							<th scope="col">{t("access.granted_by")}</th>
						</tr>
					</thead>
					<tbody>
						{props.of.map((one) => (
							<tr key={one.permission}>
								<th scope="row">{permissionTitle(one)}</th>
								<td>
									<code>{one.permission}</code>
								</td>
								<td>{groupTitle(one.group)}</td>
								<td>{tWord("access.origin_", one.origin)}</td>
								<td>
									{one.own && <Badge tone="info">{t("access.own_only")}</Badge>}
									{one.scoped && <Badge tone="quiet">{t("access.scoped")}</Badge>}
									{!one.own && !one.scoped && t("access.whole_company")}
								</td>
								<td>
									{one.roles.length === 0 ? (
										<span class="quiet">{t("access.no_role")}</span>
									) : (
										<ul class="tags">
											{one.roles.map((role) => (
												<li key={role}>
													<Link to={to`/roles/${role}`}>{role}</Link>
												</li>
											))}
										</ul>
									)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
			<p class="quiet">{t("access.permission_count", { n: props.of.length })}</p>
		</div>
	);
}

// Every permission that the company knows, and the roles that grant it.
export default function Permissions() {
	const known = usePermissions();
	const groups = [...new Set((known.value ?? []).map((one) => one.group))];
	const filters: Filter[] = [
		{ name: "q", title: t("access.search_permissions") },
		{ name: "group", title: t("access.group"), options: groups.map((one) => ({ value: one, title: groupTitle(one) })) },
		{ name: "origin", title: t("access.origin"), options: origins.map((one) => ({ value: one, title: t(`access.origin_${one}`) })) },
	];
	const set = filtersOf(filters);
	return (
		<Page title={t("access.permissions")} lead={t("access.permissions_lead")} back={<Link to="/roles">{t("access.back_to_roles")}</Link>}>
			<Filters filters={filters} />
			<Shown of={known}>
				{(all) => {
					const found = search(all, set.q ?? "").filter(
						(one) => (!set.group || one.group === set.group) && (!set.origin || one.origin === set.origin),
					);
					return found.length > 0 ? (
						<Rows of={found} />
					) : (
						<Empty kind="none" title={t("shell.none_found")}>
							{t("access.no_permission_found", { text: set.q ?? "" })}
						</Empty>
					);
				}}
			</Shown>
		</Page>
	);
}
