// What the API tells of the audit, and what is worked out of it. Pure: no words, no server.
export interface Party {
	id: string | null;
	name: string | null;
	type: string;
}

export interface Change {
	path: string;
	old: unknown;
	new: unknown;
}

export interface AuditRow {
	id: string;
	seq: number;
	time: string;
	tenant: number;
	action: string;
	outcome: "success" | "denied";
	attempts?: number;
	actor: Party;
	subject: Party | null;
	delegation: { kind: string; reason: string | null; reference: string | null } | null;
	target: Party;
	changes: Change[];
	request: { id: string | null; ip: string | null; user_agent: string | null; channel: string; city?: string; country?: string };
	hash: string;
	company?: string; // in the audit of all: whose row it is
}

// The operators' own company, as the API calls it.
export const REALM = "@operator";

// Where a row's objects are looked at, as a link's `within` has it: in the company that the page is
// in, unless the row says in which.
export function withinOf(row: AuditRow): string | null | undefined {
	return row.company === REALM ? null : row.company;
}

// Where an object is looked at, if it has a place.
const places: Record<string, string> = {
	user: "/users/",
	role: "/roles/",
	scope: "/scopes/",
	group: "/groups/",
	plan: "/plans/",
	conflict: "/conflicts/",
	job: "/jobs/",
};

export function placeOf(party: Party, action = ""): string | undefined {
	const place = places[party.type];
	if (!place || !party.id || action.endsWith(".deleted")) return undefined;
	return place + encodeURIComponent(party.id);
}

function textOf(value: unknown): string {
	return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

// One value, several, or none, as they stand side by side.
export function valuesOf(value: unknown): string[] {
	if (value === null || value === undefined || value === "") return [];
	return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}

export interface Before {
	name: string;
	base: string[]; // before
	here: string[]; // after
}

export function diffOf(changes: readonly Change[]): Before[] {
	return changes.map(({ path, old, new: after }) => ({ name: path, base: valuesOf(old), here: valuesOf(after) }));
}

// The day's begin in a time zone, as the API takes times; next: the one after it.
export function dayBegin(day: string, zone: string, next = false): string | undefined {
	const asked = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
	if (!asked) return undefined;
	const wanted = Date.UTC(Number(asked[1]), Number(asked[2]) - 1, Number(asked[3]) + (next ? 1 : 0));
	// Twice: the offset at the guess may be that of the other side of a change of clocks.
	let guess = wanted;
	for (let i = 0; i < 2; i++) guess = wanted - offset(guess, zone);
	return new Date(guess).toISOString().replace(".000Z", "Z");
}

function offset(at: number, zone: string): number {
	const parts = new Intl.DateTimeFormat("en-US", {
		timeZone: zone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	}).formatToParts(new Date(at));
	const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
	return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - at;
}

export type Set = Record<string, string>;

// The filters of the address as the API asks for them.
export function askedOf(set: Set, zone: string): Record<string, string | undefined> {
	return {
		text: set.text,
		actor: set.actor,
		target: set.target,
		action: set.action,
		outcome: set.outcome,
		channel: set.channel,
		from: set.from && dayBegin(set.from, zone),
		to: set.to && dayBegin(set.to, zone, true),
	};
}

// The name of whoever has this id, as the rows tell it.
export function nameOf(id: string, rows: readonly AuditRow[]): string | undefined {
	for (const row of rows) {
		for (const party of [row.actor, row.target, row.subject]) {
			if (party?.id === id && party.name) return party.name;
		}
	}
	return undefined;
}
