import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { session } from "../../session";
import { Dialog, Form, type FormState, NumberField, SelectField, TextField, useForm } from "../../ui";
import { creationOf, type TokenForm } from "./clients";
import { Choices, providerOf, typeOf } from "./parts";
import { ToldOnce } from "./told-once";

export interface Profile {
	profile: string;
	no_target: string;
	rate: number;
}

interface Made {
	id: string;
	name: string;
	token: string;
}

const begin: TokenForm = { name: "", type: "scim", access: "users groups", permissions: [], days: 365, profile: "rfc" };

function types() {
	// A personal token is its person's; an operator in another company has no person there.
	const known = ["scim", "api", "personal"];
	return known.map((type) => ({ value: type, title: typeOf(type) }));
}

function accesses(type: string) {
	const words = ["read", "users", "users groups", ...(type === "api" ? ["mine", "chosen"] : [])];
	return words.map((value) => ({ value, title: t(`tokens.access_${value.replace(" ", "_")}` as "tokens.access_read") }));
}

function Fields(props: { form: FormState<TokenForm> }) {
	const { form } = props;
	const { type } = form.values;
	const profiles = useLoad((signal) => list<Profile>("/api/v1/profiles", {}, signal), []);
	return (
		<>
			<TextField form={form} name="name" label={t("tokens.name")} hint={t("tokens.name_hint")} required maxLength={64} autocomplete="off" />
			<SelectField form={form} name="type" label={t("tokens.type")} hint={t(`tokens.type_${type}_hint` as "tokens.type_scim_hint")} options={types()} />
			{type === "scim" && (
				<SelectField
					form={form}
					name="profile"
					label={t("tokens.profile")}
					hint={t("tokens.profile_hint")}
					options={(profiles.value?.items ?? [{ profile: "rfc" }]).map((one) => ({ value: one.profile, title: providerOf(one.profile) }))}
				/>
			)}
			{type !== "personal" && <SelectField form={form} name="access" label={t("tokens.access")} options={accesses(type)} />}
			{type === "api" && form.values.access === "chosen" && (
				<Choices form={form} name="permissions" legend={t("tokens.permissions")} hint={t("tokens.permissions_hint")} all={session.value?.permissions ?? []} />
			)}
			<NumberField form={form} name="days" label={t("tokens.days")} hint={t("tokens.days_hint")} min={1} max={3650} />
		</>
	);
}

// Asks what the token is for, makes it, and shows it once.
export function CreateToken(props: { close: () => void }) {
	const [made, setMade] = useState<Made>();
	const form = useForm(begin, async (values) => {
		setMade(await send<Made>("POST", "tokens", creationOf(values, session.value?.id ?? "")));
	});
	if (made) {
		return (
			<ToldOnce title={t("tokens.made", { name: made.name })} label={t("tokens.token")} value={made.token} close={() => go(to`/tokens/${made.id}`)} />
		);
	}
	return (
		<Dialog title={t("tokens.create_title")} close={props.close}>
			<Form form={form} submit={t("tokens.create_submit")} cancel={props.close} always>
				<Fields form={form} />
			</Form>
		</Dialog>
	);
}
