import { t, tWord } from "../../i18n";
import { usePermissionTitle } from "../access/catalogue";
import { Badge, type FormState, Time } from "../../ui";
import { type ClientRow, type State, stateOf, tones } from "./clients";
import "../../style/access.css";

const words: Record<State, "tokens.state_active" | "tokens.state_inactive" | "tokens.state_expired" | "tokens.state_soon"> = {
	active: "tokens.state_active",
	inactive: "tokens.state_inactive",
	expired: "tokens.state_expired",
	soon: "tokens.state_soon",
};

export function StateBadge(props: { of: ClientRow }) {
	const state = stateOf(props.of);
	return <Badge tone={tones[state]}>{t(words[state])}</Badge>;
}

export function Ends(props: { of: ClientRow }) {
	const { expires } = props.of;
	return expires ? <Time at={expires} relative={stateOf(props.of) === "soon"} /> : <>{t("tokens.never_ends")}</>;
}

// Names of products are the same in every language.
const products: Record<string, string> = {
	entra: "Microsoft Entra ID",
	okta: "Okta",
	onelogin: "OneLogin",
	jumpcloud: "JumpCloud",
	ping: "PingOne, PingFederate",
	google: "Google Workspace",
	sailpoint: "SailPoint",
};

export function providerOf(profile: string): string {
	return profile === "rfc" ? t("tokens.provider_any") : (products[profile] ?? profile);
}

export function typeOf(type: string): string {
	return tWord("tokens.type_", type);
}

// Some of a list of permissions, a box for each.
export function Choices<T extends object>(props: {
	form: FormState<T>;
	name: keyof T & string;
	legend: string;
	hint?: string;
	all: readonly string[];
}) {
	const { form, name } = props;
	const chosen = form.values[name] as unknown as string[];
	const error = form.errors[name];
	const title = usePermissionTitle();
	return (
		<fieldset aria-describedby={error ? `${name}-error` : undefined}>
			<legend>{props.legend}</legend>
			{props.hint && <p class="hint">{props.hint}</p>}
			<div class="choice-grid">
				{props.all.map((word) => (
					<label key={word} class="check">
						<input
							type="checkbox"
							checked={chosen.includes(word)}
							onChange={() => {
								const next = chosen.includes(word) ? chosen.filter((one) => one !== word) : [...chosen, word];
								form.set(name, next as T[typeof name]);
							}}
						/>
						<span>
							{title(word)} <code class="quiet">{word}</code>
						</span>
					</label>
				))}
			</div>
			{error && (
				<p class="error" id={`${name}-error`}>
					{error}
				</p>
			)}
		</fieldset>
	);
}

// The permissions that an account has, each by its title; a list has no room for the codes too.
export function Permissions(props: { of: readonly string[]; none: string; title: (permission: string) => string; short?: boolean }) {
	const { title, short } = props;
	if (props.of.length === 0) return <p class="quiet">{props.none}</p>;
	return (
		<ul class={short ? "tags" : "granted-list"}>
			{props.of.map((word) => (
				<li key={word}>
					{title(word)} {!short && <code class="quiet">{word}</code>}
				</li>
			))}
		</ul>
	);
}
