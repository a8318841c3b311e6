import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { refresh, session } from "../../session";
import { Badge, Form, Secret, Section, TextField, toast, useForm } from "../../ui";
import { groupsOf } from "./own";

interface Seed {
	secret: string;
	uri: string;
	seed: string; // sealed: what comes back with the first code
}

const noCode = { code: "" };

function CodeField(props: Parameters<typeof TextField<{ code: string }>>[0]) {
	return <TextField {...props} required autocomplete="one-time-code" maxLength={6} />;
}

// The seed is told here and nowhere again; a code of it switches it on.
function Confirm(props: { seed: Seed; done: () => void }) {
	const { secret, uri, seed } = props.seed;
	const form = useForm(noCode, async ({ code }) => {
		await send("POST", "/api/v1/session/totp/on", { seed, code: code.trim() });
		toast(t("profile.totp_is_on"));
		await refresh();
		props.done();
	});
	return (
		<Form form={form} submit={t("profile.totp_confirm")} cancel={props.done} always>
			<p>{t("profile.totp_add")}</p>
			<Secret label={t("profile.totp_secret")} value={groupsOf(secret)} />
			<p>
				<a href={uri}>{t("profile.totp_open")}</a>
			</p>
			<CodeField form={form} name="code" label={t("profile.totp_code")} hint={t("profile.totp_code_hint")} />
		</Form>
	);
}

function SetUp() {
	const [seed, setSeed] = useState<Seed>();
	const form = useForm({ current: "" }, async ({ current }) => {
		setSeed(await send<Seed>("POST", "/api/v1/session/totp", { current }));
	});
	if (seed) return <Confirm seed={seed} done={() => setSeed(undefined)} />;
	return (
		<Form form={form} submit={t("profile.totp_set_up")} always>
			<p>{t("profile.totp_lead")}</p>
			<TextField form={form} name="current" label={t("profile.password_current")} type="password" required autocomplete="current-password" />
		</Form>
	);
}

function SwitchOff() {
	const form = useForm({ current: "", code: "" }, async ({ current, code }) => {
		await send("POST", "/api/v1/session/totp/off", { current, code: code.trim() });
		toast(t("profile.totp_is_off"));
		await refresh();
	});
	return (
		<Form form={form} submit={t("profile.totp_off")} danger always>
			<p>
				<Badge tone="good">{t("profile.totp_on")}</Badge> {t("profile.totp_on_lead")}
			</p>
			<TextField form={form} name="current" label={t("profile.password_current")} type="password" required autocomplete="current-password" />
			<CodeField form={form} name="code" label={t("profile.totp_code")} />
		</Form>
	);
}

// The own second factor.
export function Totp() {
	return <Section title={t("profile.totp")}>{session.value?.totp ? <SwitchOff /> : <SetUp />}</Section>;
}
