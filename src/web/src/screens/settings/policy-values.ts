// What the API tells of policies, and what may be said for one.

export interface Policy {
	policy: string;
	value: string;
	preset: string;
	type: "choice" | "yesno" | "number" | "seconds" | "text" | "words";
	words: string;
	low?: number;
	high?: number;
	owner: "tenant" | "operator";
	label: string;
}

export interface Effect {
	policy: string;
	value: string;
	applied: boolean;
	count: number;
	sentence: string;
	people: { user: string; id: string }[];
}

export const themes = ["people", "access", "signin", "ldap", "imports", "records", "labels", "other"] as const;
export type PolicyTheme = (typeof themes)[number];

// By the first word of a policy's name.
const themeOfWord: Record<string, PolicyTheme> = {
	users: "people",
	email: "people",
	delete: "people",
	onboarding: "people",
	links: "people",
	hierarchy: "people",
	levels: "people",
	roles: "access",
	scope: "access",
	full_access: "access",
	admins: "access",
	mapper: "access",
	password: "signin",
	session: "signin",
	impersonation: "signin",
	support: "signin",
	ldap: "ldap",
	posix: "ldap",
	csv: "imports",
	imports: "imports",
	audit: "records",
	provisioning: "records",
	labels: "labels",
};

export function themeOf(policy: Policy): PolicyTheme {
	return themeOfWord[policy.policy.split(".")[0] ?? ""] ?? "other";
}

// As the catalogue names it.
export function keyOf(policy: string): string {
	return policy.replaceAll(".", "_");
}

export function isNumber(policy: Policy): boolean {
	return policy.type === "number" || policy.type === "seconds";
}

export function isOwn(policy: Policy): boolean {
	return policy.value !== policy.preset;
}

// What may be chosen; none where anything may be said.
export function wordsOf(policy: Policy): string[] {
	if (policy.type === "yesno") return ["true", "false"];
	return policy.words.split(" ").filter(Boolean);
}

// The columns of an import are words in an order; of the others only which they are matters.
export function isOrdered(policy: Policy): boolean {
	return policy.policy === "csv.layout";
}

// The value with the word or without it, the words in the API's order.
export function withWord(policy: Policy, value: string, word: string, held: boolean): string {
	const set = new Set(value.split(" ").filter(Boolean));
	if (held) set.add(word);
	else set.delete(word);
	return wordsOf(policy)
		.filter((one) => set.has(one))
		.join(" ");
}

export interface Asked {
	q?: string;
	set?: string; // "own": what differs from the preset
}

export interface PolicyGroup {
	theme: PolicyTheme;
	policies: Policy[];
}

// What was asked for, in its groups; a group without any is left out.
export function grouped(policies: readonly Policy[], asked: Asked, meaning: (policy: Policy) => string): PolicyGroup[] {
	const words = (asked.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
	const found = policies.filter((one) => {
		const text = `${one.policy} ${one.label} ${meaning(one)}`.toLowerCase();
		return (asked.set !== "own" || isOwn(one)) && words.every((word) => text.includes(word));
	});
	return themes
		.map((theme) => ({ theme, policies: found.filter((one) => themeOf(one) === theme) }))
		.filter((group) => group.policies.length > 0);
}

// By which catalogue text the effect is told.
export function effectKey(effect: Effect): string {
	if (effect.count === 0) return "none";
	const key = keyOf(effect.policy);
	const told = ["users_types", "password_max_age_days", "admins_min_hard", "admins_min_warn"];
	return told.includes(key) ? key : `${key}_${effect.value}`;
}
