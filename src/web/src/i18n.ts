// Words, numbers and times in the reader's language and the company's time zone.
import { signal } from "@preact/signals";
import { session } from "./session";
import { type Language, languages, type Text, type TextKey, type Theme, themes } from "./text/themes";

export type { Language, TextKey, Theme } from "./text/themes";
export { languages } from "./text/themes";

export const languageNames: Record<Language, string> = {
	en: "English",
	de: "Deutsch",
	id: "Bahasa Indonesia",
	es: "Español",
};

type Values = Record<string, string | number>;

export const language = signal<Language>("en");
const words = new Map<string, Text>();
const loaded = new Set<Theme>();
const ready = signal(0); // so that what shows words is drawn anew with others

// "de-AT" is German; what we do not speak is English.
export function languageOf(...wanted: (string | null | undefined)[]): Language {
	for (const one of wanted) {
		const found = languages.find((known) => known === one?.slice(0, 2).toLowerCase());
		if (found) return found;
	}
	return "en";
}

async function load(theme: Theme, of: Language): Promise<void> {
	const catalogue = (await themes[theme][of]()).default as Record<string, Text>;
	for (const [key, text] of Object.entries(catalogue)) words.set(`${theme}.${key}`, text);
	loaded.add(theme);
}

export async function loadThemes(...wanted: Theme[]): Promise<void> {
	const missing = wanted.filter((theme) => !loaded.has(theme));
	if (missing.length === 0) return;
	await Promise.all(missing.map((theme) => load(theme, language.value)));
	ready.value++;
}

export async function setLanguage(next: Language): Promise<void> {
	document.documentElement.lang = next;
	if (next === language.value) return;
	await Promise.all([...loaded].map((theme) => load(theme, next)));
	language.value = next;
	ready.value++;
	// Without them the server's own words stand alone.
	if (next !== "en") void loadThemes("errors", "reasons").catch(() => undefined);
}

export function fill(text: Text, values: Values, of: string): string {
	const chosen =
		typeof text === "string"
			? text
			: new Intl.PluralRules(of).select(Number(values.n ?? 0)) === "one"
				? text.one
				: text.other;
	return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
		const value = values[name];
		if (value === undefined) return whole;
		return typeof value === "number" ? new Intl.NumberFormat(of).format(value) : value;
	});
}

export function t(key: TextKey, values: Values = {}): string {
	ready.value;
	const text = words.get(key);
	return text === undefined ? key : fill(text, values, language.value);
}

// For words that the server knows and may know more of than we do: "conflicts.type_" + type. What has
// no text is shown as the server says it.
export function tWord(prefix: string, word: string, values: Values = {}): string {
	ready.value;
	const text = words.get(prefix + word.replaceAll("-", "_"));
	return text === undefined ? word : fill(text, values, language.value);
}

export function number(value: number): string {
	return new Intl.NumberFormat(language.value).format(value);
}

export function zone(): string {
	return session.value?.timezone || "UTC";
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	try {
		return new Intl.DateTimeFormat(language.value, { ...options, timeZone: zone() });
	} catch {
		return new Intl.DateTimeFormat(language.value, { ...options, timeZone: "UTC" });
	}
}

export function moment(iso: string): string {
	// "PM" stays beside its time.
	return format({ dateStyle: "medium", timeStyle: "medium" }).format(new Date(iso)).replace(/ (?=.M$)/, "\xa0");
}

export function day(iso: string): string {
	return format({ dateStyle: "medium" }).format(new Date(iso));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
	["day", 86_400_000],
	["hour", 3_600_000],
	["minute", 60_000],
	["second", 1000],
];

// "3 hours ago", "in 2 days".
export function relative(iso: string, now = Date.now()): string {
	const away = new Date(iso).getTime() - now;
	const [unit, size] = steps.find(([, size]) => Math.abs(away) >= size) ?? ["second", 1000];
	const words = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
	return words.format(Math.trunc(away / size), unit);
}

export function duration(milliseconds: number): string {
	const unit = (value: number, name: string, digits = 0) =>
		new Intl.NumberFormat(language.value, {
			style: "unit",
			unit: name,
			unitDisplay: "short",
			maximumFractionDigits: digits,
		}).format(value);
	if (milliseconds < 1000) return unit(milliseconds, "millisecond");
	if (milliseconds < 120_000) return unit(milliseconds / 1000, "second", 1);
	if (milliseconds < 7_200_000) return unit(milliseconds / 60_000, "minute");
	if (milliseconds < 172_800_000) return unit(milliseconds / 3_600_000, "hour", 1);
	return unit(milliseconds / 86_400_000, "day");
}

export function names(several: readonly string[]): string {
	return new Intl.ListFormat(language.value).format(several);
}
