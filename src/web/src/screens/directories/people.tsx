import { t } from "../../i18n";
import { AreaField, type FormState, NumberField, SelectField } from "../../ui";
import type { Setup } from "./setup";

// Who of the directory is meant, when somebody is disabled there, and how they meet who is here already.
export function People(props: { form: FormState<Setup> }) {
	const { form } = props;
	return (
		<div class="form">
			<AreaField form={form} name="scope_rules" label={t("directories.scope_rules")} hint={t("directories.scope_rules_hint")} required={false} />
			<SelectField
				form={form}
				name="disabled_preset"
				label={t("directories.disabled_preset")}
				hint={t("directories.disabled_preset_hint")}
				options={[
					{ value: "", title: t("directories.disabled_found") },
					{ value: "ad", title: "Active Directory" },
					{ value: "389", title: "389 Directory Server, FreeIPA" },
					{ value: "openldap", title: "OpenLDAP" },
					{ value: "none", title: t("directories.disabled_none") },
				]}
			/>
			<AreaField form={form} name="disabled_rules" rows={2} label={t("directories.disabled_rules")} hint={t("directories.disabled_rules_hint")} required={false} />
			<AreaField form={form} name="join_rules" rows={3} label={t("directories.join_rules")} hint={t("directories.join_rules_hint")} required={false} />
			<SelectField
				form={form}
				name="no_email"
				label={t("directories.no_email")}
				options={[
					{ value: "", title: t("directories.usual") },
					{ value: "hold", title: t("directories.no_email_hold") },
					{ value: "create", title: t("directories.no_email_create") },
				]}
			/>
			<NumberField form={form} name="precedence" min={0} max={1000} label={t("directories.precedence")} hint={t("directories.precedence_hint")} required={false} />
		</div>
	);
}
