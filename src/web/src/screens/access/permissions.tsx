import { t, tWord } from "../../i18n";
import { to } from "../../router";
import { Badge, Empty, FewRows, type Filter, Filters, filtersOf, Link, Page, Shown } from "../../ui";
import { groupTitle, permissionTitle, usePermissions } from "./catalogue";
import { type Permission, search } from "./rows";
import { useWords } from "./word";
import "../../style/access.css";

const origins = ["core", "preset", "registered", "app"] as const;

function HoldsFor(props: { of: Permission }) {
	const { of: one } = props;
	return (
		<>
			{one.own && <Badge tone="info">{t("access.own_only")}</Badge>}
			{one.scoped && <Badge tone="quiet">{t("access.scoped")}</Badge>}
			{!one.own && !one.scoped && t("access.whole_company")}
		</>
	);
}

function GrantedBy(props: { of: readonly string[]; wordOf: (role: string) => string }) {
	if (props.of.length === 0) return <span class="quiet">{t("access.no_role")}</span>;
	return (
		<ul class="tags">
			{props.of.map((role) => (
				<li key={role}>
					<Link to={to`/roles/${props.wordOf(role)}`}>{role}</Link>
				</li>
			))}
		</ul>
	);
}

function Rows(props: { of: readonly Permission[] }) {
	const wordOf = useWords("roles", [...new Set(props.of.flatMap((one) => one.roles))]);
	return (
		<>
			<FewRows<Permission>
				caption={t("access.permissions")}
				rows={props.of}
				id={(one) => one.permission}
				columns={[
					{ name: "title", title: t("access.permission"), cell: permissionTitle },
					{ name: "code", title: t("access.code"), cell: (one) => <code>{one.permission}</code> },
					{ name: "group", title: t("access.group"), cell: (one) => groupTitle(one.group) },
					{ name: "origin", title: t("access.origin"), cell: (one) => tWord("access.origin_", one.origin) },
					{ name: "within", title: t("access.holds_within"), cell: (one) => <HoldsFor of={one} /> },
					{ name: "roles", title: t("access.granted_by"), cell: (one) => <GrantedBy of={one.roles} wordOf={wordOf} /> },
				]}
			/>
			<p class="quiet">{t("access.permission_count", { n: props.of.length })}</p>
		</>
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
