// What the company's settings are, as the API tells of them, and as forms hold them.

export interface Feature {
	feature: string;
	owner: "tenant" | "operator";
	on: boolean;
}

export interface Settings {
	tenant: string;
	preset: string;
	name: string | null;
	timezone: string | null;
	language: string | null;
	support_contact: string | null;
	logo_type: string | null;
	features: Feature[];
	revision: number;
}

export interface CompanyForm {
	name: string;
	timezone: string;
	language: string;
	support_contact: string;
}

export function companyOf(settings: Settings): CompanyForm {
	const { name, timezone, language, support_contact } = settings;
	return { name: name ?? "", timezone: timezone ?? "", language: language ?? "", support_contact: support_contact ?? "" };
}

// An empty field means none.
export function changeOf<T extends object>(changed: T): object {
	return Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, typeof value === "string" ? value.trim() || null : value]));
}

// Base64 of what a file holds, as PUT /logo takes it.
export function base64Of(octets: Uint8Array): string {
	let text = "";
	for (const octet of octets) text += String.fromCharCode(octet);
	return btoa(text);
}
