import { t } from "../../i18n";
import { AreaField, CheckField, Fold, type FormState, SelectField, TextField } from "../../ui";
import type { Preflight } from "./preflight";
import { PreflightResult } from "./preflight";
import type { Setup } from "./setup";

export function connectors(): { value: string; title: string }[] {
	return [
		{ value: "", title: t("directories.connector_found") },
		{ value: "rfc4533", title: t("directories.connector_rfc4533") },
		{ value: "dirsync", title: t("directories.connector_dirsync") },
		{ value: "paged", title: t("directories.connector_paged") },
	];
}

// Where the directory is and as whom it is read; the servers are asked with what stands here.
export function Connection(props: {
	form: FormState<Setup>;
	preflight: Preflight;
	secretNeeded: boolean;
	hasSecret: boolean;
}) {
	const { form, preflight } = props;
	return (
		<div class="form">
			<TextField form={form} name="name" label={t("directories.name")} hint={t("directories.name_hint")} required />
			<TextField form={form} name="uri" label={t("directories.uri")} hint={t("directories.uri_hint")} placeholder="ldaps://ldap.example.com" required />
			<TextField form={form} name="base_dn" label={t("directories.base_dn")} hint={t("directories.base_dn_hint")} placeholder="dc=example,dc=com" required />
			<TextField form={form} name="bind_dn" label={t("directories.bind_dn")} hint={t("directories.bind_dn_hint")} autocomplete="off" required={false} />
			<TextField
				form={form}
				name="secret"
				type="password"
				autocomplete="new-password"
				label={t("directories.secret")}
				hint={
					props.secretNeeded
						? t("directories.secret_anew")
						: props.hasSecret
							? t("directories.secret_kept")
							: t("directories.secret_hint")
				}
				required={props.secretNeeded}
			/>
			<TextField form={form} name="ca_file" label={t("directories.ca_file")} hint={t("directories.ca_file_hint")} required={false} />
			<CheckField form={form} name="start_tls" label={t("directories.start_tls")} hint={t("directories.start_tls_hint")} />
			<Fold title={t("directories.more_connection")}>
				<div class="form">
					<AreaField form={form} name="failover_uris" rows={2} label={t("directories.failover_uris")} hint={t("directories.failover_uris_hint")} required={false} />
					<SelectField form={form} name="connector" label={t("directories.connector")} hint={t("directories.connector_hint")} options={connectors()} />
					<TextField form={form} name="anchor_attribute" label={t("directories.anchor_attribute")} hint={t("directories.anchor_attribute_hint")} required={false} />
					<TextField form={form} name="user_filter" label={t("directories.user_filter")} hint={t("directories.user_filter_hint")} required={false} />
					<TextField form={form} name="group_filter" label={t("directories.group_filter")} hint={t("directories.group_filter_hint")} required={false} />
				</div>
			</Fold>
			<div class="actions">
				<button type="button" onClick={preflight.run} disabled={preflight.busy}>
					{t("directories.preflight_run")}
				</button>
				<span class="quiet">{t("directories.preflight_lead")}</span>
			</div>
			<PreflightResult of={preflight} />
		</div>
	);
}
