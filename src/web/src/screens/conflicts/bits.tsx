import { attributeTitle, attributeValue } from "../../attributes";
import { t, type TextKey, tWord } from "../../i18n";
import { Badge, Link, type Tone } from "../../ui";
import { type ConflictRow, entryOf, familyOf, isReference, nameOf, placeOf, type Side } from "./conflict";

const tones: Record<string, Tone> = { open: "warn", ignored: "quiet", closed: "quiet" };

export function State(props: { of: string }) {
	return <Badge tone={tones[props.of] ?? "good"}>{tWord("conflicts.state_", props.of)}</Badge>;
}

// Somebody or something by name, deactivated or gone as it may be.
export function Named(props: { of: Side | undefined; plain?: boolean }) {
	const { of: side } = props;
	if (!side) return <>–</>;
	const name = nameOf(side);
	const to = props.plain ? undefined : placeOf(side);
	if (name === undefined) return <span class="quiet">{t("conflicts.gone")}</span>;
	return (
		<>
			{to ? <Link to={to}>{name}</Link> : name}
			{side.active === false && (
				<>
					{" "}
					<Badge tone="quiet">{t("conflicts.inactive")}</Badge>
				</>
			)}
		</>
	);
}

// Names that a text about the conflict is filled with.
export function wordsOf(conflict: ConflictRow & { facts?: string[] }): Record<string, string> {
	const empty = t("conflicts.empty_value");
	return {
		person: nameOf(conflict.subject) ?? t("conflicts.somebody"),
		source: conflict.source?.name ?? t("conflicts.the_source"),
		entry: entryOf(conflict) ?? t("conflicts.somebody"),
		attribute: conflict.attribute ? attributeLabel(conflict.attribute) : t("conflicts.the_value"),
		ours: conflict.ours ? valueText(conflict.ours) : empty,
		theirs: conflict.theirs ? valueText(conflict.theirs) : empty,
	};
}

function told(key: string, words: Record<string, string>): string | undefined {
	const text = t(key as TextKey, words);
	return text === key ? undefined : text;
}

// What comes of an answer, in the words of this conflict.
export function consequence(conflict: ConflictRow & { facts?: string[] }, as: string): string {
	const key = `conflicts.then_${as.replaceAll("-", "_")}`;
	const words = wordsOf(conflict);
	// What a connection says is ignored until it says something else, an entry of a directory for good.
	if (as === "ignore" && !conflict.anchor) return t("conflicts.then_ignore_same", words);
	return told(`${key}_${conflict.type}`, words) ?? told(`${key}_${familyOf(conflict.type)}`, words) ?? told(key, words) ?? as;
}

// The name of an attribute for people, or of what a group gives.
export function attributeLabel(name: string): string {
	return isReference(name) ? valueText(name) : attributeTitle(name);
}

// A value as people say it: "scope:North" is "Scope North".
export function valueText(value: string): string {
	if (!isReference(value)) return attributeValue(value);
	const at = value.indexOf(":");
	return t(`conflicts.of_${value.slice(0, at)}` as TextKey, { name: value.slice(at + 1) });
}

export function answerLabel(as: string): string {
	return tWord("conflicts.answer_", as);
}
