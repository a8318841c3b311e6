import { languageNames, languages } from "../../i18n";

interface Option {
	value: string;
	title: string;
}

// The zones that the browser knows, and the one that is set, should it not.
export function zoneOptions(none: string, now: string): Option[] {
	const known = new Set([...(now ? [now] : []), "UTC", ...Intl.supportedValuesOf("timeZone")]);
	return [{ value: "", title: none }, ...[...known].sort().map((zone) => ({ value: zone, title: zone.replaceAll("_", " ") }))];
}

export function languageOptions(none: string, now: string): Option[] {
	const known: Option[] = languages.map((one) => ({ value: one, title: languageNames[one] }));
	const other = now && !known.some((one) => one.value === now) ? [{ value: now, title: now }] : [];
	return [{ value: "", title: none }, ...known, ...other];
}
