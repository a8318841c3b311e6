import { useId } from "preact/hooks";
import { t } from "../../i18n";
import { type FormState, NumberField, SelectField, TextField } from "../../ui";
import { rangeText, valueText, wordText } from "./policy-parts";
import type { PolicyForm } from "./policy";
import { isNumber, isOrdered, type Policy, withWord, wordsOf } from "./policy-values";

interface FieldProps {
	policy: Policy;
	form: FormState<PolicyForm>;
}

function Words(props: FieldProps) {
	const { policy, form } = props;
	const id = useId();
	const held = form.values.value.split(" ");
	return (
		<fieldset>
			<legend>{t("policies.value_new")}</legend>
			{wordsOf(policy).map((word) => (
				<div key={word} class="field check">
					<input
						id={`${id}-${word}`}
						type="checkbox"
						name={word}
						checked={held.includes(word)}
						onChange={(event) => form.set("value", withWord(policy, form.values.value, word, event.currentTarget.checked))}
					/>
					<label for={`${id}-${word}`}>{wordText(policy, word)}</label>
				</div>
			))}
			{form.errors.value && (
				<p class="error" role="alert">
					{form.errors.value}
				</p>
			)}
		</fieldset>
	);
}

// What the policy's value is typed or chosen in.
export function PolicyField(props: FieldProps) {
	const { policy, form } = props;
	const label = t("policies.value_new");
	if (isNumber(policy)) {
		const said = policy.type === "seconds" && form.values.amount !== null ? ` = ${valueText(policy, String(form.values.amount))}` : "";
		return (
			<NumberField
				form={form}
				name="amount"
				label={label}
				unit={policy.type === "seconds" ? t("policies.seconds") : undefined}
				hint={`${rangeText(policy)}${said && ` · ${form.values.amount} ${t("policies.seconds")}${said}`}`}
				min={policy.low}
				max={policy.high}
				required
			/>
		);
	}
	if (policy.type === "words" && policy.words && !isOrdered(policy)) return <Words {...props} />;
	if (policy.type === "choice" || policy.type === "yesno") {
		const options = wordsOf(policy).map((value) => ({ value, title: wordText(policy, value) }));
		return <SelectField form={form} name="value" label={label} options={options} />;
	}
	const hint = policy.type === "words" ? `${t("policies.words_hint")} ${rangeText(policy)}` : rangeText(policy);
	return <TextField form={form} name="value" label={label} hint={hint} maxLength={policy.high} autocomplete="off" />;
}
