import { ApiError, get, send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { refresh, session } from "../../session";
import { Form, TextField, toast, useForm } from "../../ui";

const nothing = { current: "", password: "", again: "" };

// Whoever must choose a new one first is not told the policies yet; the server says what is missing.
async function least(signal: AbortSignal): Promise<number | null> {
	if (session.value?.must_change) return null;
	return Number((await get<{ value: string }>("/api/v1/policies/password.min_length", {}, signal)).value);
}

export function Password() {
	const told = useLoad(least, [], ["settings"]).value;
	const days = session.value?.password_days;
	const form = useForm(nothing, async ({ current, password, again }) => {
		if (again !== password) throw new ApiError(400, "differs", "", t("profile.password_differs"), "again");
		await send("POST", "/api/v1/session/password", { current, password });
		toast(t("profile.password_saved"));
		queueMicrotask(() => form.reset(nothing));
		await refresh();
	});
	const hint = `${told ? t("profile.password_least", { n: told }) : ""} ${t("profile.password_hint")}`;
	return (
		<Form form={form} submit={t("profile.password_save")} always>
			{typeof days === "number" && <p>{t("profile.password_days", { n: days })}</p>}
			<TextField form={form} name="current" label={t("profile.password_current")} type="password" required autocomplete="current-password" />
			<TextField form={form} name="password" label={t("profile.password_new")} hint={hint.trim()} type="password" required autocomplete="new-password" />
			<TextField form={form} name="again" label={t("profile.password_again")} type="password" required autocomplete="new-password" />
		</Form>
	);
}
