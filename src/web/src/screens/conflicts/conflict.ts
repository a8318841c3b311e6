// What the API tells of conflicts, and what is worked out of it.
import type { DiffRow } from "../../ui/diff";
import { isOdd } from "../access/odd";

export interface Side {
	id: string;
	kind?: string; // absent with the name: it is gone, or not to be seen
	name?: string;
	display_name?: string;
	active?: boolean;
}

export interface ConflictRow {
	id: string;
	type: string;
	state: string;
	subject?: Side;
	source?: Side;
	by?: Side;
	attribute?: string;
	anchor?: string;
	dn?: string;
	base?: string;
	ours?: string;
	theirs?: string;
	offered?: string;
	cause?: string;
	times: number;
	seen: string;
	created: string;
	closed?: string;
	answers: string[];
}

export interface Candidate {
	user: Side;
	matched: string[];
}

export interface Conflict extends ConflictRow {
	meant?: Side; // whom the source speaks of, where they are somebody here and not the subject
	sentence: string;
	closes: string;
	facts: string[];
	candidates: Candidate[];
}

export const types = [
	"owned", "uniqueness", "last_admin", "policy", "email_local", "email_scim", "email_sources",
	"email_same_source", "no_email", "claim", "ambiguous", "reborn", "bad_value", "role_missing",
	"site_missing", "grant", "group_gone", "mass_change", "membership_drop", "shrink", "rollback",
	"push_rejected",
] as const;

export const states = ["open", "settled", "ignored", "closed", "all"] as const;

// What sort of thing is asked: the answers mean the same within one.
export type Family = "value" | "name" | "person" | "kept" | "mapping" | "grant" | "gone" | "run" | "push";
const families: Record<string, Family> = {
	owned: "value",
	uniqueness: "name",
	email_local: "name",
	email_scim: "name",
	email_sources: "name",
	email_same_source: "name",
	no_email: "person",
	claim: "person",
	ambiguous: "person",
	reborn: "person",
	last_admin: "kept",
	policy: "kept",
	bad_value: "kept",
	role_missing: "mapping",
	site_missing: "mapping",
	grant: "grant",
	group_gone: "gone",
	mass_change: "run",
	membership_drop: "run",
	shrink: "run",
	rollback: "run",
	push_rejected: "push",
};

export function familyOf(type: string): Family {
	return families[type] ?? "kept";
}

const wordOf = ({ name, id }: Side) => encodeURIComponent(name === undefined || isOdd(name) ? id : name);
const places: Record<string, (side: Side) => string> = {
	user: (side) => `/users/${side.id}`,
	plan: (side) => `/plans/${side.id}`,
	role: (side) => `/roles/${wordOf(side)}`,
	scope: (side) => `/scopes/${wordOf(side)}`,
	group: (side) => `/groups/${wordOf(side)}`,
	directory: (side) => `/directories/${wordOf(side)}`,
	client: (side) => `/tokens/${wordOf(side)}`,
};

// Where somebody or something is looked at; nowhere when it is gone.
export function placeOf(side: Side | undefined): string | undefined {
	return side?.kind && side.name !== undefined ? places[side.kind]?.(side) : undefined;
}

export function nameOf(side: Side | undefined): string | undefined {
	return side?.display_name || side?.name;
}

// A role, a scope or a group that is meant: "scope:North".
export function isReference(text: string): boolean {
	return /^(role|scope|group):./.test(text);
}

// "emails.value=ada@x" in order, several of one attribute together.
export function factsOf(facts: readonly string[]): Map<string, string[]> {
	const found = new Map<string, string[]>();
	for (const fact of facts) {
		const at = fact.indexOf("=");
		if (at <= 0) continue;
		const name = fact.slice(0, at);
		found.set(name, [...(found.get(name) ?? []), fact.slice(at + 1)]);
	}
	return found;
}

// Whom the source means, by the shortest that tells: a name of the entry, or its place.
export function entryOf(conflict: ConflictRow & { facts?: string[] }): string | undefined {
	if (["grant", "gone", "mapping"].includes(familyOf(conflict.type))) return conflict.theirs;
	const facts = factsOf(conflict.facts ?? []);
	const said = facts.get("displayName") ?? facts.get("name.formatted") ?? facts.get("userName");
	return said?.[0] ?? (conflict.dn ? leafOf(conflict.dn) : conflict.offered);
}

// "ada" of "uid=ada,ou=people,dc=acme" (RFC 4514: a comma of the value is escaped).
export function leafOf(dn: string): string {
	const first = /^[^=]+=((?:\\.|[^,\\])*)/.exec(dn)?.[1];
	return first === undefined ? dn : first.replace(/\\(.)/g, "$1");
}

// The members of a person by the names that sources have for them.
const members: Record<string, string> = {
	userName: "user_name",
	"name.formatted": "common_name",
	"name.givenName": "given",
	"name.familyName": "family",
	displayName: "name",
	"emails.value": "emails",
	"phoneNumbers.value": "phones",
	title: "title",
	userType: "user_type",
	preferredLanguage: "language",
	timezone: "timezone",
	"enterprise:employeeNumber": "employee_number",
	"enterprise:department": "department",
	"enterprise:division": "division",
	"enterprise:organization": "organization",
	"enterprise:costCenter": "cost_center",
	physicalDeliveryOfficeName: "office",
};

function listed(value: unknown): string[] {
	if (value === undefined || value === null || value === "") return [];
	return Array.isArray(value) ? value.map(String) : [String(value)];
}

// A person here beside what the directory says of its own; what only one side can know is left out.
// Of whom the source means, what both last agreed on is known of what the conflict is about.
export function compared(conflict: Conflict, side: Side, person: Record<string, unknown>): DiffRow[] {
	const base = side.id === conflict.meant?.id || !conflict.meant ? conflict.base : undefined;
	return [...factsOf(conflict.facts)]
		.filter(([name]) => members[name] !== undefined)
		.map(([name, source]) => ({
			name,
			...(base !== undefined && name === conflict.attribute ? { base: base.split(", ") } : {}),
			here: listed(person[members[name] ?? ""]),
			source,
		}));
}

// What a conflict is about by itself, where the source says no more of the person.
export function single(conflict: Conflict): DiffRow | undefined {
	const { attribute, base, ours, theirs } = conflict;
	if (attribute === undefined || !["kept", "name"].includes(familyOf(conflict.type))) return undefined;
	if (ours === undefined && theirs === undefined) return undefined;
	return { name: attribute, ...(base === undefined ? {} : { base: [base] }), here: listed(ours), source: listed(theirs) };
}

// The directory's person alone, when nobody here is beside it.
export function alone(facts: readonly string[]): DiffRow[] {
	return [...factsOf(facts)].map(([name, source]) => ({ name, here: source }));
}

// Every answer that all of these take, but those that are given one by one.
export function commonAnswers(rows: readonly ConflictRow[]): string[] {
	const [first, ...rest] = rows;
	if (!first) return [];
	return first.answers.filter((as) => as !== "approve-once" && rest.every((row) => row.answers.includes(as)));
}

export function isOpen(conflict: ConflictRow): boolean {
	return conflict.state === "open";
}

// Those beside whom the source's person can be looked at.
export function comparable(conflict: Conflict): Side[] {
	const others = linkable(conflict).filter((side) => side.id !== conflict.meant?.id);
	return conflict.meant?.name === undefined ? others : [conflict.meant, ...others];
}

// Whom an answer "link" may mean: those that the conflict names, each once.
export function linkable(conflict: Conflict): Side[] {
	const all = conflict.candidates.map((one) => one.user);
	if (conflict.subject?.kind === "user") all.push(conflict.subject);
	return all.filter((side, at) => side.name !== undefined && all.findIndex((one) => one.id === side.id) === at);
}
