import type { ApiError } from "../api";
import { language, t, tWord } from "../i18n";
import { session } from "../session";

// What went wrong, as far as it is known, and what can be done about it.
export function failureText(error: ApiError): string {
	const known = tWord("shell.failure_", error.code);
	if (error.status === 0 && known !== error.code) return known;
	if (error.status === 401 && session.value) return t("shell.failure_session");
	if (error.status === 403) return `${t("shell.failure_forbidden")} ${error.detail}`.trim();
	if (error.status === 429) return t("shell.failure_throttled");
	if (error.detail || error.title) return sentence(saidOf(error));
	return known === error.code ? t("shell.failure_unknown", { code: error.code }) : known;
}

// The server speaks English: what its code means comes before it.
export function saidOf(error: ApiError): string {
	const detail = error.detail || error.title;
	const said = language.value === "en" ? error.code : tWord("errors.", error.code);
	return said === error.code ? detail : `${said}: ${detail}`;
}

// The server says reasons like "a user needs a userName".
export function sentence(text: string): string {
	const first = text.charAt(0).toUpperCase() + text.slice(1);
	return /[.!?]$/.test(first) ? first : `${first}.`;
}

// Why something waits: the server's own words, and their codes, which we have words for.
export interface Said {
	code: string;
	values: Record<string, string | number>;
}
export interface Reason {
	reason?: string;
	because?: Said[];
}

export function reasonOf({ reason = "", because = [] }: Reason): string {
	const said = because.map(({ code, values }) => tWord("reasons.", code, values));
	return sentence(said.length > 0 && because.every(({ code }) => !said.includes(code)) ? said.join(": ") : reason);
}

// A part of the page that could not be shown or done, in its place.
export function Failure(props: { error: ApiError; title?: string; retry?: () => void }) {
	return (
		<div class="failure" role="alert">
			<p>
				<strong>{props.title ?? t("shell.failure_title")}</strong> {failureText(props.error)}
			</p>
			{props.retry && (
				<button type="button" onClick={props.retry}>
					{t("shell.retry")}
				</button>
			)}
		</div>
	);
}
