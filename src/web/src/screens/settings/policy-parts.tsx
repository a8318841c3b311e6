import { duration, number, t, tWord } from "../../i18n";
import { Badge } from "../../ui";
import { type Effect, effectKey, isNumber, isOwn, keyOf, type Policy, wordsOf } from "./policy-values";

// A text of the catalogue for a word of the server; what the catalogue does not know yet is told as
// the server says it.
function textOf(key: string, otherwise: string): string {
	const text = tWord("policies.", key);
	return text === key ? otherwise : text;
}

export function meaningOf(policy: Policy): string {
	return textOf(keyOf(policy.policy), policy.label);
}

export function wordText(policy: Policy, word: string): string {
	if (policy.type === "yesno") return t(word === "true" ? "policies.yes" : "policies.no");
	return textOf(`${keyOf(policy.policy)}_is_${word}`, word);
}

export function valueText(policy: Policy, value: string): string {
	if (value === "") return t("policies.value_none");
	if (policy.type === "number") return number(Number(value));
	if (policy.type === "seconds") return duration(Number(value) * 1000);
	if (policy.type === "words") {
		return value
			.split(" ")
			.map((word) => wordText(policy, word))
			.join(" · ");
	}
	return policy.type === "text" ? value : wordText(policy, value);
}

export function rangeText(policy: Policy): string {
	if (isNumber(policy)) {
		return t("policies.range", { low: valueText(policy, String(policy.low ?? 0)), high: valueText(policy, String(policy.high ?? 0)) });
	}
	const words = wordsOf(policy).map((word) => wordText(policy, word));
	if (words.length > 0) return words.join(" · ");
	return policy.high ? t("policies.range_text", { n: policy.high }) : t("policies.range_any");
}

export function effectText(effect: Effect): string {
	const said = effect.sentence.split(";")[0] ?? effect.sentence;
	return textOf(`effect_${effectKey(effect)}`, said);
}

export function Origin(props: { of: Policy }) {
	if (isOwn(props.of)) return <Badge tone="info">{t("policies.origin_own")}</Badge>;
	return <>{t("policies.origin_preset")}</>;
}
