import { useEffect } from "preact/hooks";
import { get, list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { editOwn, session } from "../../session";
import { Fact, Facts, Fold, Form, Page, Section, SelectField, Shown, toast, useForm } from "../../ui";
import { languageOptions, zoneOptions } from "../settings/zones";
import { type Me, type OwnPermission, rolesOf } from "./own";
import { Password } from "./password";
import { Sessions } from "./sessions";
import { Totp } from "./totp";
import "../../style/settings.css";

function Own(props: { of: Me }) {
	const { of: me } = props;
	const who = session.value;
	return (
		<Facts>
			<Fact name={t("profile.name")}>{who?.display_name ?? me.displayName ?? "–"}</Fact>
			<Fact name={t("profile.user_name")}>{who?.user_name}</Fact>
			<Fact name={t("profile.company")}>{who?.tenant_name}</Fact>
			<Fact name={t("profile.emails")}>{me.emails?.map((one) => one.value).join(", ") || "–"}</Fact>
			<Fact name={t("profile.phones")}>{me.phoneNumbers?.map((one) => one.value).join(", ") || "–"}</Fact>
		</Facts>
	);
}

function Roles(props: { of: OwnPermission[] }) {
	const roles = rolesOf(props.of);
	if (roles.length === 0) return <p class="quiet">{t("profile.roles_none")}</p>;
	return (
		<ul class="own-roles">
			{roles.map((role) => (
				<li key={role.name}>
					<strong>{role.name}</strong>
					<Fold title={t("profile.grants", { n: role.grants.length })}>
						<ul class="bullets">
							{role.grants.map((label) => (
								<li key={label} lang="en">
									{label}
								</li>
							))}
						</ul>
					</Fold>
				</li>
			))}
		</ul>
	);
}

function Taste() {
	const who = session.value;
	const own = { language: who?.own_language ?? "", timezone: who?.own_timezone ?? "" };
	const form = useForm(own, async (_, changed) => {
		await editOwn(changed);
		toast(t("profile.saved"));
	});
	// The menu of the page changes the language too.
	useEffect(() => {
		if (!form.dirty) form.reset(own);
	}, [own.language, own.timezone]);
	return (
		<Form form={form} submit={t("profile.save")} cancel={form.dirty ? () => form.reset() : undefined}>
			<SelectField form={form} name="language" label={t("profile.language")} options={languageOptions(t("profile.as_company"), own.language)} />
			<SelectField
				form={form}
				name="timezone"
				label={t("profile.timezone")}
				hint={t("profile.timezone_hint")}
				options={zoneOptions(t("profile.as_company"), own.timezone)}
			/>
		</Form>
	);
}

// Who one is here, what one may, and how one comes in.
export default function Profile() {
	const id = session.value?.id ?? "";
	const me = useLoad((signal) => get<Me>("/scim/v2/Me", {}, signal), [id]);
	const held = useLoad((signal) => list<OwnPermission>(to`/api/v1/users/${id}/permissions`, {}, signal), [id], ["roles"]);
	return (
		<Page title={t("shell.menu_profile")} lead={t("profile.lead")}>
			<Shown of={me}>{(found) => <Own of={found} />}</Shown>
			<Section title={t("profile.roles")}>
				<Shown of={held}>{(found) => <Roles of={found.items} />}</Shown>
			</Section>
			<Section title={t("profile.taste")}>
				<Taste />
			</Section>
			<Section title={t("profile.password")}>
				{session.value?.password_elsewhere ? <p>{t("profile.password_elsewhere")}</p> : <Password />}
			</Section>
			{!session.value?.password_elsewhere && <Totp />}
			<Sessions />
		</Page>
	);
}
