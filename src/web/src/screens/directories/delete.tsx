import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { ConfirmDialog, NumberField, toast, useForm } from "../../ui";

// What becomes of its people is chosen, how many they are is typed: the server refuses another number.
export function DeleteDirectory(props: { name: string; people: number; done: () => void; close: () => void }) {
	const { name, people } = props;
	const [choice, setChoice] = useState("keep");
	const form = useForm<{ count: number | null }>({ count: null }, async () => {});
	const disables = choice === "disable";

	async function run() {
		const body = { people: choice, count: form.values.count ?? undefined };
		const answer = await send<{ people: number; job?: string }>("DELETE", to`directories/${name}`, body);
		form.reset();
		toast(t("directories.deleted", { name, n: answer.people }));
		if (answer.job) go(to`/jobs/${answer.job}`);
		else props.done();
	}

	const option = (value: string, text: string) => (
		<label class="check">
			<input type="radio" name="people" value={value} checked={choice === value} onChange={() => setChoice(value)} /> {text}
		</label>
	);
	return (
		<ConfirmDialog
			title={t("directories.delete_title", { name })}
			confirm={t(disables ? "directories.delete_disable_confirm" : "directories.delete_keep_confirm")}
			danger
			typed={name}
			run={run}
			close={props.close}
		>
			<p>{t("directories.delete_lead", { n: people })}</p>
			<fieldset>
				<legend>{t("directories.delete_people")}</legend>
				{option("keep", t("directories.delete_keep"))}
				{option("disable", t("directories.delete_disable", { n: people }))}
			</fieldset>
			<NumberField form={form} name="count" min={0} label={t("directories.delete_count")} hint={t("directories.delete_count_hint", { n: people })} required />
		</ConfirmDialog>
	);
}
