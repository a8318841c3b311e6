// How a company's people look: which columns a list has and which sections a form, by the preset that
// the company began with and by the policies that it has since. Pure: no words, no server.
export type Preset = "pegotec" | "users-app" | "titanus";
export type ColumnName =
	| "name"
	| "user"
	| "email"
	| "phone"
	| "roles"
	| "state"
	| "last_login"
	| "user_type"
	| "identity"
	| "modified"
	| "full_access"
	| "title"
	| "organization"
	| "parent"
	| "reports"
	| "sources"
	| "created";

export interface PolicyValue {
	policy: string;
	value: string;
	preset: string; // what the preset says
}

const all: readonly ColumnName[] = [
	"name",
	"user",
	"email",
	"phone",
	"user_type",
	"roles",
	"state",
	"full_access",
	"identity",
	"modified",
	"last_login",
	"title",
	"organization",
	"parent",
	"reports",
	"sources",
	"created",
];

const shown: Record<Preset, readonly ColumnName[]> = {
	pegotec: ["name", "email", "user", "roles", "state", "last_login"],
	"users-app": ["name", "email", "user_type", "identity", "modified", "last_login"],
	titanus: ["name", "email", "phone", "roles", "state", "full_access"],
};

export function presetOf(word: string | null | undefined): Preset {
	return word === "users-app" || word === "titanus" ? word : "pegotec";
}

// Those of the preset in its order, then what a reader may choose beside them.
export function columnsOf(preset: Preset): { name: ColumnName; chosen: boolean }[] {
	const first = shown[preset];
	return [
		...first.map((name) => ({ name, chosen: false })),
		...all.filter((name) => !first.includes(name)).map((name) => ({ name, chosen: true })),
	];
}

export type FieldName =
	| "name"
	| "given"
	| "family"
	| "emails"
	| "user_name"
	| "phones"
	| "title"
	| "user_type"
	| "organization"
	| "department"
	| "division"
	| "manager"
	| "language"
	| "timezone"
	| "full_access"
	| "sso_only"
	| "expires";
export type SectionName = "details" | "sign_in" | "roles" | "scopes" | "apps" | "work" | "more";
export interface FormSection {
	name: SectionName;
	fields: readonly FieldName[];
}

const sections: Record<Preset, readonly FormSection[]> = {
	pegotec: [
		{ name: "details", fields: ["name", "emails", "user_name"] },
		{ name: "sign_in", fields: [] },
		{ name: "roles", fields: [] },
		{ name: "scopes", fields: [] },
		{ name: "work", fields: ["given", "family", "phones", "title", "organization", "department", "manager"] },
		{ name: "more", fields: ["language", "timezone", "expires"] },
	],
	"users-app": [
		{
			name: "details",
			fields: ["given", "family", "emails", "user_type", "manager", "organization", "sso_only"],
		},
		{ name: "sign_in", fields: [] },
		{ name: "scopes", fields: [] },
		{ name: "roles", fields: [] },
		{ name: "apps", fields: [] },
		{ name: "more", fields: ["user_name", "name", "phones", "title", "language", "timezone", "expires"] },
	],
	titanus: [
		{ name: "details", fields: ["given", "family", "emails", "phones", "full_access"] },
		{ name: "sign_in", fields: [] },
		{ name: "roles", fields: [] },
		{ name: "scopes", fields: [] },
		{ name: "more", fields: ["user_name", "name", "title", "organization", "manager", "language", "timezone", "expires"] },
	],
};

// What somebody is changed by is less than what they are created with: a password, roles, scopes and
// apps have operations of their own.
export function sectionsOf(preset: Preset, creating: boolean): readonly FormSection[] {
	return sections[preset].filter((section) => creating || section.fields.length > 0);
}

// A company's own word stands as it is; a preset's is ours to translate: null.
export function ownLabel(policies: readonly PolicyValue[], name: string): string | null {
	const found = policies.find((one) => one.policy === name);
	return found && found.value !== found.preset ? found.value : null;
}

export function valueOf(policies: readonly PolicyValue[], name: string): string | undefined {
	return policies.find((one) => one.policy === name)?.value;
}

export function wordsOf(policies: readonly PolicyValue[], name: string): string[] {
	return (valueOf(policies, name) ?? "").split(/\s+/).filter(Boolean);
}

// A user name for who has none: what stands before the @ of the address, else of the name.
export function userNameFrom(email: string, name: string): string {
	const from = email.split("@")[0]?.trim() || name.trim().replace(/\s+/g, ".");
	return from.toLowerCase();
}
