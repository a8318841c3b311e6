// Filters as the API and SCIM take them (RFC 7644 section 3.4.2.2), put together from parts.
export function quote(value: string): string {
	return JSON.stringify(value);
}

export type Operator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

export function compare(attribute: string, operator: Operator, value: string | number | boolean): string {
	return `${attribute} ${operator} ${typeof value === "string" ? quote(value) : value}`;
}

export function present(attribute: string): string {
	return `${attribute} pr`;
}

function joined(word: string, parts: (string | undefined | null | false)[]): string {
	const real = parts.filter((part): part is string => !!part);
	if (real.length < 2) return real[0] ?? "";
	return real.map((part) => (/ (and|or) /.test(part) ? `(${part})` : part)).join(` ${word} `);
}

// Parts that are absent say nothing; of nothing at all comes "", which no list filters by.
export function and(...parts: (string | undefined | null | false)[]): string {
	return joined("and", parts);
}

export function or(...parts: (string | undefined | null | false)[]): string {
	return joined("or", parts);
}

export function not(part: string): string {
	return part === "" ? "" : `not (${part})`;
}
