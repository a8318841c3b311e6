import { useState } from "preact/hooks";
import type { ApiError } from "./api";
import { type Language, language, languageNames, languages, setLanguage, t } from "./i18n";
import { asApiError } from "./load";
import { lost, session, signIn } from "./session";
import { failureText } from "./ui/failure";
import { Field } from "./ui/field";
import { remember, remembered } from "./ui/remember";

// Company, name and password, and a code where a person has one: who has none on is not told.
export function SignIn() {
	const again = lost.value ? session.value : undefined;
	const [company, setCompany] = useState(again?.tenant ?? remembered("company") ?? "");
	const [user, setUser] = useState(again?.user_name ?? "");
	const [password, setPassword] = useState("");
	const [code, setCode] = useState("");
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();

	async function submit(event: Event) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			remember("company", company.trim());
			await signIn({
				user: user.trim(),
				password,
				...(company.trim() ? { tenant: company.trim() } : {}),
				...(code ? { code: code.trim() } : {}),
			});
		} catch (reason) {
			setError(asApiError(reason));
			setBusy(false);
		}
	}

	return (
		<form class="form sign-in" onSubmit={submit}>
			<Field
				label={t("shell.company")}
				control={(wired) => (
					<input
						{...wired}
						name="tenant"
						autocomplete="organization"
						autocapitalize="off"
						spellcheck={false}
						value={company}
						onInput={(event) => setCompany(event.currentTarget.value)}
					/>
				)}
			/>
			<Field
				label={t("shell.user")}
				control={(wired) => (
					<input
						{...wired}
						required
						name="user"
						autocomplete="username"
						autocapitalize="off"
						spellcheck={false}
						value={user}
						onInput={(event) => setUser(event.currentTarget.value)}
					/>
				)}
			/>
			<Field
				label={t("shell.password")}
				control={(wired) => (
					<input
						{...wired}
						required
						type="password"
						name="password"
						autocomplete="current-password"
						value={password}
						onInput={(event) => setPassword(event.currentTarget.value)}
					/>
				)}
			/>
			<Field
				label={t("shell.code")}
				hint={t("shell.code_hint")}
				required={false}
				control={(wired) => (
					<input
						{...wired}
						name="code"
						inputMode="numeric"
						autocomplete="one-time-code"
						value={code}
						onInput={(event) => setCode(event.currentTarget.value)}
					/>
				)}
			/>
			{error && (
				<p class="error" role="alert">
					{error.status === 401 && error.detail.startsWith("company") ? t("shell.sign_in_failed") : failureText(error)}
				</p>
			)}
			<div class="actions">
				<button type="submit" class="primary" disabled={busy}>
					{t("shell.sign_in")}
				</button>
			</div>
			{!again && (
				<Field
					label={t("shell.language")}
					control={(wired) => (
						<select
							{...wired}
							value={language.value}
							onChange={(event) => {
								const next = event.currentTarget.value as Language;
								remember("language", next);
								void setLanguage(next);
							}}
						>
							{languages.map((one) => (
								<option key={one} value={one} lang={one}>
									{languageNames[one]}
								</option>
							))}
						</select>
					)}
				/>
			)}
		</form>
	);
}
