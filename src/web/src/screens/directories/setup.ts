// What is typed about a directory, and what the API is told of it. The names are those of the API's
// arguments; a list of plain texts is typed a line each.

export interface Setup {
	name: string;
	uri: string;
	failover_uris: string;
	base_dn: string;
	bind_dn: string;
	secret: string;
	ca_file: string;
	start_tls: boolean;
	connector: string;
	anchor_attribute: string;
	poll_seconds: number | null;
	full_seconds: number | null;
	user_filter: string;
	group_filter: string;
	scope_rules: string;
	maps: string[];
	authority_rules: string[];
	join_rules: string;
	precedence: number | null;
	disabled_preset: string;
	disabled_rules: string;
	no_email: string;
	group_maps: string[];
	group_depth: number | null;
	group_gone: string;
	limit_count: number | null;
	limit_percent: number | null;
	run_limits: string[];
	pass_through: boolean;
	grace_hours: number | null;
	contacts: string;
}

export type Saved = Record<string, unknown> & { id: string; name: string; active: boolean; has_secret: boolean };

const lists: ReadonlySet<string> = new Set(["failover_uris", "scope_rules", "join_rules", "disabled_rules", "contacts"]);

export const blank: Setup = {
	name: "",
	uri: "",
	failover_uris: "",
	base_dn: "",
	bind_dn: "",
	secret: "",
	ca_file: "",
	start_tls: false,
	connector: "",
	anchor_attribute: "",
	poll_seconds: null,
	full_seconds: null,
	user_filter: "",
	group_filter: "",
	scope_rules: "",
	maps: [],
	authority_rules: [],
	join_rules: "",
	precedence: null,
	disabled_preset: "",
	disabled_rules: "",
	no_email: "",
	group_maps: [],
	group_depth: null,
	group_gone: "",
	limit_count: null,
	limit_percent: null,
	run_limits: [],
	pass_through: false,
	grace_hours: null,
	contacts: "",
};

export function linesOf(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");
}

// A saved directory as it is typed; what the API adds later does not disturb.
export function typed(saved: Record<string, unknown>): Setup {
	const setup: Record<string, unknown> = { ...blank };
	for (const name of Object.keys(blank)) {
		const value = saved[name];
		if (value === undefined || value === null) continue;
		setup[name] = lists.has(name) && Array.isArray(value) ? value.join("\n") : value;
	}
	return setup as unknown as Setup;
}

// Rows of a list that are still empty are not meant.
function rowsOf(rows: readonly string[]): string[] {
	return rows.filter((row) => !/^=?$/.test(row.trim()));
}

function told(name: string, value: unknown): unknown {
	if (Array.isArray(value)) return rowsOf(value as string[]);
	return lists.has(name) ? linesOf(value as string) : value;
}

// A change, by the API's arguments: an empty text takes a setting away, an empty secret says nothing.
export function patchOf(changed: Partial<Setup>): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(changed)) {
		if (name === "secret" && value === "") continue;
		body[name === "name" ? "new_name" : name] = told(name, value);
	}
	return body;
}

// All that is said, for a new directory and for its preflight.
export function bodyOf(setup: Setup): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(setup)) {
		const said = told(name, value);
		if (said === "" || said === null || said === false || (Array.isArray(said) && said.length === 0)) continue;
		body[name] = said;
	}
	return body;
}

// Where the bind password goes, or who vouches for the place, has changed: it is asked for anew.
export function asksForSecret(before: Setup, now: Setup, hasSecret: boolean): boolean {
	const known = new Set([before.uri, ...linesOf(before.failover_uris)]);
	const places = [now.uri.trim(), ...linesOf(now.failover_uris)];
	return (
		hasSecret &&
		now.bind_dn.trim() !== "" &&
		(places.some((place) => !known.has(place)) ||
			before.start_tls !== now.start_tls ||
			before.ca_file !== now.ca_file.trim() ||
			before.bind_dn !== now.bind_dn.trim())
	);
}

// ---- rows "left=right" ----

export function splitRow(row: string): [string, string] {
	const at = row.indexOf("=");
	return at < 0 ? [row, ""] : [row.slice(0, at), row.slice(at + 1)];
}

// "app-admins=role:Admin": a group's name may hold "=", what it gives may not begin by one of those.
export interface GroupRow {
	group: string;
	kind: string; // role, scope, group; attribute: the scope that the attribute names
	name: string;
}

export function splitGroup(row: string): GroupRow {
	const found = /^(.*)=(role|scope|group):(.*)$/.exec(row);
	if (found) return { group: found[1] ?? "", kind: found[2] ?? "", name: found[3] ?? "" };
	const [left, right] = splitRow(row);
	return left === "scope" ? { group: "", kind: "attribute", name: right } : { group: left, kind: "role", name: right };
}

export function joinGroup(row: GroupRow): string {
	return row.kind === "attribute" ? `scope=${row.name}` : `${row.group}=${row.kind}:${row.name}`;
}

// ---- limits ----

// What holds a run for an administrator, and the number that counts unless one is said.
export const limits = [
	{ word: "missing", usual: 5 },
	{ word: "small-percent", usual: 20 },
	{ word: "member-drop-percent", usual: 90 },
	{ word: "email-percent", usual: 20 },
	{ word: "value-percent", usual: 50 },
	{ word: "admins", usual: 0 },
] as const;

export function limitOf(rows: readonly string[], word: string): number | null {
	const row = rows.map(splitRow).find(([name]) => name.trim() === word);
	return row && row[1].trim() !== "" ? Number(row[1]) : null;
}

export function withLimit(rows: readonly string[], word: string, value: number | null): string[] {
	const others = rows.filter((row) => splitRow(row)[0].trim() !== word);
	return value === null ? others : [...others, `${word}=${value}`];
}

// ---- whose fault ----

const tabs: Record<string, readonly string[]> = {
	connection: ["name", "uri", "failover_uris", "base_dn", "bind_dn", "secret", "ca_file", "start_tls", "connector", "anchor_attribute", "user_filter", "group_filter"],
	people: ["scope_rules", "disabled_preset", "disabled_rules", "join_rules", "no_email", "precedence"],
	mapping: ["maps", "authority_rules"],
	groups: ["group_maps", "group_depth", "group_gone"],
	running: ["run_limits", "limit_count", "limit_percent", "poll_seconds", "full_seconds", "contacts", "pass_through", "grace_hours"],
};

export function tabOf(field: string): string | undefined {
	return Object.keys(tabs).find((tab) => tabs[tab]?.includes(field));
}

const others: Record<string, string> = {
	new_name: "name",
	mapping: "maps",
	map: "maps",
	authority: "authority_rules",
	group_mapping: "group_maps",
	failover_uri: "failover_uris",
	contact: "contacts",
};

// The API names a row of a list in the singular, the form its list.
export function fieldOf(attribute: string): string {
	const plain = attribute.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll("-", "_").toLowerCase();
	if (plain in blank) return plain;
	return others[plain] ?? (`${plain}s` in blank ? `${plain}s` : plain);
}
