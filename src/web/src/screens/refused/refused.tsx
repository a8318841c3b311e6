import { get, list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { path, tenant } from "../../router";
import { isForeign, may, session } from "../../session";
import { Empty, Link, Page, useNames } from "../../ui";
import type { Permission } from "../access/rows";

// Which roles would open the page, for who may know the roles, and the contact, if one is named. One's
// rights are those of one's own company, wherever the page is.
async function whomToAsk(permission: string, signal: AbortSignal): Promise<{ roles: string[]; contact: string | null }> {
	const [permissions, settings] = await Promise.all([
		may("roles.view") ? list<Permission>("/api/v1/permissions", {}, signal) : undefined,
		// The operators' own company has no settings.
		session.value?.operator ? undefined : get<{ support_contact: string | null }>("/api/v1/settings", {}, signal),
	]);
	const row = permissions?.items.find((one) => one.permission === permission);
	return { roles: row?.roles ?? [], contact: settings?.support_contact ?? null };
}

function Lacking(props: { permission: string }) {
	const { permission } = props;
	const asked = useLoad((signal) => whomToAsk(permission, signal), [permission]);
	const { roles = [], contact } = asked.value ?? {};
	return (
		<>
			<p>
				{t("refused.takes")} <code>{permission}</code>
			</p>
			{roles.length > 0 && <p>{t("refused.roles", { roles: roles.join(", ") })}</p>}
			<p>{t(session.value?.operator ? "refused.ask_operator" : "refused.ask_admin")}</p>
			{contact && <p>{t("refused.contact", { contact })}</p>}
		</>
	);
}

// The operators' own company has no settings; the others have.
function Elsewhere() {
	return (
		<Page title={t("shell.not_allowed")}>
			<Empty kind="none" title={t("refused.company")} action={may("companies.manage") && <Link to="/tenants">{t("shell.menu_tenants")}</Link>}>
				{t("refused.company_lead")}
			</Empty>
		</Page>
	);
}

// What a page says to whom it is not for: why, and who can change that.
export default function Refused() {
	const { permission = "", operators, company } = useNames();
	const who = session.value;
	const foreign = isForeign.value && !who?.operator;
	const home = tenant.value !== null && operators !== undefined && who?.operator;
	if (company !== undefined) return <Elsewhere />;
	return (
		<Page title={t("shell.not_allowed")}>
			<Empty
				kind="none"
				title={t(foreign ? "refused.foreign" : operators === undefined ? "refused.lacking" : "refused.operators")}
				action={
					<Link to={home ? path.value : "/"} within={isForeign.value || home ? null : undefined}>
						{t(home ? "refused.to_operators" : "shell.menu_status")}
					</Link>
				}
			>
				{foreign ? (
					t("refused.foreign_lead")
				) : operators !== undefined && (home || !who?.operator) ? (
					t(home ? "refused.operators_here" : "refused.operators_lead")
				) : (
					<Lacking permission={isForeign.value ? "tenants.switch" : permission} />
				)}
			</Empty>
		</Page>
	);
}
