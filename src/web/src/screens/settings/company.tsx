import { getTagged, send, type Tagged } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { Fact, Facts, Form, Link, Overtaken, Page, Section, SelectField, Shown, TextField, toast, useForm, useTag } from "../../ui";
import { Features } from "./features";
import { Logo } from "./logo";
import { changeOf, type CompanyForm, companyOf, type Settings } from "./values";
import { languageOptions, zoneOptions } from "./zones";
import "../../style/settings.css";

function Company(props: { of: Tagged<Settings>; reload: () => void }) {
	const now = { value: companyOf(props.of.value), tag: props.of.tag };
	const form = useForm(now.value, async (_, changed) => {
		await send("PATCH", "settings", changeOf(changed), { ifMatch: tag.current });
		toast(t("settings.saved"));
		props.reload();
	});
	const tag = useTag(form, now);
	const labels: Record<keyof CompanyForm, string> = {
		name: t("settings.name"),
		timezone: t("settings.timezone"),
		language: t("settings.language"),
		support_contact: t("settings.support_contact"),
	};
	const overtaken = (
		<Overtaken
			form={form}
			labels={labels}
			load={async () => {
				const found = await getTagged<Settings>("settings");
				return { value: companyOf(found.value), tag: found.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Form form={form} submit={t("settings.save")} overtaken={overtaken} cancel={form.dirty ? () => form.reset() : undefined}>
			<TextField form={form} name="name" label={labels.name} hint={t("settings.name_hint")} required={false} autocomplete="organization" />
			<SelectField form={form} name="timezone" label={labels.timezone} hint={t("settings.timezone_hint")} options={zoneOptions("UTC", now.value.timezone)} />
			<SelectField form={form} name="language" label={labels.language} hint={t("settings.language_hint")} options={languageOptions(t("settings.language_none"), now.value.language)} />
			<TextField form={form} name="support_contact" label={labels.support_contact} hint={t("settings.support_hint")} required={false} autocomplete="off" />
		</Form>
	);
}

// How the company is called, and what its people see where they have chosen nothing themselves.
export default function CompanySettings() {
	const loaded = useLoad((signal) => getTagged<Settings>("settings", {}, signal), [], ["settings"]);
	return (
		<Page title={t("shell.menu_settings")} lead={t("settings.lead")}>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						<Facts>
							<Fact name={t("settings.tenant")}>
								<code>{found.value.tenant}</code>
							</Fact>
							<Fact name={t("settings.preset")}>{found.value.preset}</Fact>
							<Fact name={t("shell.menu_policies")}>
								<Link to="/policies">{t("settings.policies")}</Link>
							</Fact>
						</Facts>
						<Section title={t("settings.general")}>
							<Company of={found} reload={loaded.reload} />
						</Section>
						<Section title={t("settings.logo")}>
							<Logo of={found} reload={loaded.reload} />
						</Section>
						<Section title={t("settings.features")}>
							<Features of={found.value.features} reload={loaded.reload} />
						</Section>
					</div>
				)}
			</Shown>
		</Page>
	);
}
