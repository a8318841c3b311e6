import { t, tWord } from "../../i18n";
import { AreaField, CheckField, Field, type FormState, NumberField } from "../../ui";
import { limitOf, limits, type Setup, withLimit } from "./setup";

// What holds a run for an administrator, when it runs, and how its people sign in.
export function Running(props: { form: FormState<Setup> }) {
	const { form } = props;
	const { run_limits } = form.values;
	return (
		<div class="form">
			<fieldset>
				<legend>{t("directories.limits")}</legend>
				<p class="hint">{t("directories.limits_hint")}</p>
				<CheckFirst form={form} />
				<NumberField form={form} name="limit_count" min={0} label={t("directories.limit_count")} hint={t("directories.limit_usual", { n: 20 })} required={false} />
				<NumberField form={form} name="limit_percent" min={0} max={100} unit="%" label={t("directories.limit_percent")} hint={t("directories.limit_usual", { n: 10 })} required={false} />
				{limits.map(({ word, usual }) => (
					<Field
						key={word}
						label={`${tWord("directories.limit_", word)}${word.endsWith("percent") ? " (%)" : ""}`}
						hint={t("directories.limit_usual", { n: usual })}
						required={false}
						control={(wired) => (
							<input
								{...wired}
								type="number"
								min={0}
								inputMode="numeric"
								value={limitOf(run_limits, word) ?? ""}
								onInput={(event) => {
									const { valueAsNumber } = event.currentTarget;
									form.set("run_limits", withLimit(run_limits, word, Number.isNaN(valueAsNumber) ? null : valueAsNumber));
								}}
							/>
						)}
					/>
				))}
				{form.errors.run_limits && <p class="error">{form.errors.run_limits}</p>}
			</fieldset>
			<fieldset>
				<legend>{t("directories.schedule")}</legend>
				<NumberField form={form} name="full_seconds" min={60} label={t("directories.full_seconds")} unit="s" hint={t("directories.full_seconds_hint")} required={false} />
				<NumberField form={form} name="poll_seconds" min={1} label={t("directories.poll_seconds")} unit="s" hint={t("directories.poll_seconds_hint")} required={false} />
				<AreaField form={form} name="contacts" rows={2} label={t("directories.contacts")} hint={t("directories.contacts_hint")} required={false} />
			</fieldset>
			<fieldset>
				<legend>{t("directories.passwords")}</legend>
				<CheckField form={form} name="pass_through" label={t("directories.pass_through")} hint={t("directories.pass_through_hint")} />
				<NumberField form={form} name="grace_hours" min={0} max={72} unit="h" label={t("directories.grace_hours")} hint={t("directories.grace_hours_hint")} required={false} />
			</fieldset>
		</div>
	);
}

function CheckFirst(props: { form: FormState<Setup> }) {
	const { form } = props;
	const rows = form.values.run_limits;
	return (
		<label class="check">
			<input
				type="checkbox"
				checked={limitOf(rows, "first") !== 1}
				onChange={(event) => form.set("run_limits", withLimit(rows, "first", event.currentTarget.checked ? null : 1))}
			/>{" "}
			{t("directories.limit_first")}
		</label>
	);
}
