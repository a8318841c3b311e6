import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Field, type FormState, Section, Shown } from "../../ui";
import { bodyOf, type Setup } from "./setup";
import { outcomeOf, type Step } from "./steps";
import { Mapped, StepList } from "./step-list";

// The rows that decide about a person, as the API takes them for a preview; an empty list is said
// too: it stands for "none", not for "as saved".
function rulesOf(values: Setup) {
	const { maps = [], scope_rules = [], disabled_rules = [] } = bodyOf(values);
	return { maps, scope_rules, disabled_rules, disabled_preset: values.disabled_preset };
}

const PAUSE = 600; // of typing, before the directory is asked again

function later(signal: AbortSignal): Promise<void> {
	return new Promise((done, fail) => {
		const timer = setTimeout(done, PAUSE);
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			fail(signal.reason);
		});
	});
}

// What the rows as they stand here would make of somebody who is there. Asked again at each change.
export function PersonPreview(props: { form: FormState<Setup>; directory: string | undefined }) {
	const { form, directory } = props;
	const [typed, setTyped] = useState("");
	const [person, setPerson] = useState("");
	const rules = rulesOf(form.values);
	const loaded = useLoad(
		async (signal) => {
			if (person === "" || directory === undefined) return undefined;
			await later(signal);
			return send<{ items: Step[] }>("POST", to`directories/${directory}/preview`, { person, ...rules }, { signal });
		},
		[person, directory, JSON.stringify(rules)],
	);
	if (directory === undefined) {
		return (
			<Section title={t("directories.preview")}>
				<p class="quiet">{t("directories.preview_unsaved")}</p>
			</Section>
		);
	}
	const look = () => (typed.trim() === person ? loaded.reload() : setPerson(typed.trim()));
	return (
		<Section title={t("directories.preview")}>
			<Field
				label={t("directories.preview_person")}
				hint={t("directories.preview_hint")}
				control={(wired) => (
					<input
						{...wired}
						value={typed}
						name="person"
						autocomplete="off"
						onInput={(event) => setTyped(event.currentTarget.value)}
						onKeyDown={(event) => {
							if (event.key !== "Enter") return;
							event.preventDefault(); // it is no button of the form around
							look();
						}}
					/>
				)}
			/>
			<p>
				<button type="button" onClick={look} disabled={typed.trim() === ""}>
					{t("directories.preview_run")}
				</button>
			</p>
			{person !== "" && (
				<Shown of={loaded}>
					{(answer) => {
						const outcome = outcomeOf(answer.items);
						return (
							<>
								<StepList of={outcome.steps} />
								<Mapped of={outcome} />
							</>
						);
					}}
				</Shown>
			)}
		</Section>
	);
}
