// Tokens and service accounts as the API tells of them, and what a form of one sends.
import type { Tone } from "../../ui";

export interface ClientRow {
	id: string;
	name: string;
	type: "scim" | "api" | "personal" | "service";
	profile?: string;
	active: boolean;
	permissions: string[];
	expires?: string;
	old_expires?: string; // until when the token before the last rotation opens
	last_used?: string;
}

export interface TokenInfo extends ClientRow {
	scopes: string[];
	rate: number;
	no_target?: string;
	adopts?: boolean;
	roles_as_groups?: boolean;
	approval?: string;
	group_maps?: string[];
	limit_count?: number;
	limit_percent?: number;
	user?: string;
	created: string;
	modified: string;
}

export interface ServiceInfo extends ClientRow {
	attributes: string[];
	base?: string;
	filter?: string;
	size_limit: number;
	time_limit: number;
	rate: number;
	connections: number;
	addresses: string[];
	bind_groups: string[];
	bind_factor?: string;
	created: string;
	modified: string;
}

const DAY = 86_400_000;
const SOON = 30 * DAY;

export type State = "active" | "inactive" | "expired" | "soon";

export function stateOf(row: ClientRow, now = Date.now()): State {
	if (!row.active) return "inactive";
	if (!row.expires) return "active";
	const left = new Date(row.expires).getTime() - now;
	return left <= 0 ? "expired" : left < SOON ? "soon" : "active";
}

export const tones: Record<State, Tone> = { active: "good", inactive: "quiet", expired: "bad", soon: "warn" };

// A field for many words: one a line, or with blanks or commas between them.
export function wordsOf(text: string): string[] {
	return text.split(/[\s,]+/).filter(Boolean);
}

// Names with blanks in them: one a line.
export function linesOf(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter(Boolean);
}

export interface TokenForm {
	name: string;
	type: string;
	access: string; // "read", "users", "groups" or several; "mine", "chosen"
	permissions: string[];
	days: number | null;
	profile: string;
}

// What POST /tokens takes of the form.
export function creationOf(form: TokenForm, self: string): object {
	const common = { name: form.name.trim(), type: form.type, ...(form.days ? { days: form.days } : {}) };
	if (form.type === "personal") return { ...common, user: self };
	if (form.access === "chosen") return { ...common, permissions: form.permissions };
	const access = form.access === "mine" ? {} : { scopes: form.access.split(" ") };
	return { ...common, ...access, ...(form.type === "scim" ? { profile: form.profile } : {}) };
}

// How the requests of a SCIM connection are taken.
export interface ConnectionForm {
	profile: string;
	no_target: string;
	rate: number | null;
	adopts: boolean;
	roles_as_groups: boolean;
	approval: string;
	limit_count: number | null;
	limit_percent: number | null;
	group_maps: string;
}

export function connectionOf(info: TokenInfo): ConnectionForm {
	return {
		profile: info.profile ?? "rfc",
		no_target: info.no_target ?? "",
		rate: info.rate,
		adopts: info.adopts ?? false,
		roles_as_groups: info.roles_as_groups ?? false,
		approval: info.approval ?? "privileged",
		limit_count: info.limit_count ?? null,
		limit_percent: info.limit_percent ?? null,
		group_maps: (info.group_maps ?? []).join("\n"),
	};
}

export function changeOf(changed: Partial<ConnectionForm>): object {
	const { group_maps, no_target, ...others } = changed;
	return {
		...others,
		...(no_target === undefined ? {} : { no_target: no_target || null }),
		...(group_maps === undefined ? {} : { group_maps: linesOf(group_maps) }),
	};
}
