import { useState } from "preact/hooks";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { failureText, Field } from "../../ui";

const SHOWN = 20;

// Names out of however many there are: the server searches, what is chosen stays in sight.
export function Choose(props: {
	what: "role" | "scope" | "app";
	label: string;
	several: boolean;
	chosen: readonly string[];
	set: (names: string[]) => void;
	hint?: string;
	error?: string | undefined;
}) {
	const { what, label, several, chosen, set } = props;
	const [text, setText] = useState("");
	const loaded = useLoad(
		(signal) => list<Record<string, string>>(`${what}s`, { contains: text.trim(), limit: SHOWN }, signal),
		[what, text.trim()],
	);
	const found = (loaded.value?.items ?? []).map((one) => one[what] ?? "");
	const names = [...chosen.filter((one) => !found.includes(one)), ...found];
	const toggle = (name: string) => {
		if (!several) return set([name]);
		set(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
	};
	return (
		<div class={props.error ? "choose wrong" : "choose"}>
			{props.hint && <p class="hint">{props.hint}</p>}
			{(text !== "" || loaded.value?.next_cursor) && (
				<Field
					label={t("users.pick_search")}
					control={(wired) => (
						<input
							{...wired}
							type="search"
							autocomplete="off"
							value={text}
							onInput={(event) => setText(event.currentTarget.value)}
							onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
						/>
					)}
				/>
			)}
			<div class="picks" role="group" aria-label={label} aria-busy={loaded.busy}>
				{loaded.error && <p class="error">{failureText(loaded.error)}</p>}
				{names.map((name) => (
					<label key={name} class="check">
						<input
							type={several ? "checkbox" : "radio"}
							name={`choose-${what}`}
							checked={chosen.includes(name)}
							aria-invalid={props.error ? true : undefined}
							onChange={() => toggle(name)}
						/>{" "}
						{name}
					</label>
				))}
				{loaded.value && names.length === 0 && <p class="quiet">{t(text.trim() ? "users.pick_none" : "users.pick_empty")}</p>}
			</div>
			{loaded.value?.next_cursor && <p class="quiet">{t("users.pick_more", { n: SHOWN })}</p>}
			{props.error && <p class="error">{props.error}</p>}
		</div>
	);
}
