import { useState } from "preact/hooks";
import { type ApiError, send } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Actions, Dialog, Failure, SecretDialog, toast } from "../../ui";
import { nameOfPerson, type Person } from "../users/people";

// A password that was made is shown once, here and nowhere else.
export function MadePassword(props: { name: string; password: string; close: () => void; stays?: boolean }) {
	return (
		<SecretDialog
			title={t("person.password_of", { name: props.name })}
			lead={t("person.secret_lead")}
			label={t("shell.password")}
			value={props.password}
			kept={t("person.noted")}
			close={props.close}
			stays={props.stays}
		/>
	);
}

// Sets a password, or makes one; by choice only for the next sign-in.
export function PasswordDialog(props: { person: Person; close: () => void; done: () => void }) {
	const { person, close, done } = props;
	const [own, setOwn] = useState(false);
	const [password, setPassword] = useState("");
	const [once, setOnce] = useState(true);
	const [made, setMade] = useState<string>();
	const [error, setError] = useState<ApiError>();
	const [busy, setBusy] = useState(false);

	async function submit(event: Event) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			// The password last: what was made is told once, so nothing may go wrong behind it.
			if (may("users.edit")) await send("PATCH", to`users/${person.id}`, { must_change: once });
			const body = own ? { password } : {};
			const told = await send<{ password?: string } | undefined>("POST", to`users/${person.id}/password`, body);
			toast(t("person.password_set", { name: nameOfPerson(person) }));
			done();
			if (told?.password) setMade(told.password);
			else close();
		} catch (reason) {
			setError(asApiError(reason));
		} finally {
			setBusy(false);
		}
	}

	if (made !== undefined) return <MadePassword name={nameOfPerson(person)} password={made} close={close} />;
	return (
		<Dialog title={t("person.password_of", { name: nameOfPerson(person) })} close={close}>
			<form onSubmit={submit}>
				<p>{t("person.password_lead")}</p>
				<fieldset>
					<legend>{t("person.password")}</legend>
					<label class="check">
						<input type="radio" name="how" checked={!own} onChange={() => setOwn(false)} /> {t("person.password_make")}
					</label>
					<label class="check">
						<input type="radio" name="how" checked={own} onChange={() => setOwn(true)} /> {t("person.password_choose")}
					</label>
				</fieldset>
				{own && (
					<div class="field">
						<label for="new-password">{t("shell.password")}</label>
						<input
							id="new-password"
							type="password"
							autocomplete="new-password"
							required
							value={password}
							onInput={(event) => setPassword(event.currentTarget.value)}
						/>
					</div>
				)}
				{may("users.edit") && (
					<label class="check">
						<input type="checkbox" checked={once} onChange={(event) => setOnce(event.currentTarget.checked)} />{" "}
						{t("person.password_once")}
					</label>
				)}
				{error && <Failure error={error} />}
				<Actions cancel={close}>
					<button type="submit" class="primary" disabled={busy}>
						{t("person.password_do")}
					</button>
				</Actions>
			</form>
		</Dialog>
	);
}
