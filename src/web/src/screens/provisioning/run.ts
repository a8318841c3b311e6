// A run of a directory's sync, and a row of the provisioning log, as the API tells them.
import type { Reason, Tone } from "../../ui";

export interface Run extends Reason {
	run: string;
	kind: string;
	result: string;
	began: string;
	ended: string;
	duration_ms: number;
	repeats?: number;
	server?: string;
	counts: Record<string, number>;
	stage?: string;
}

export const results: Record<string, Tone> = {
	ok: "good",
	"ok-with-conflicts": "warn",
	held: "warn",
	paused: "warn",
	"needs-full": "warn",
	failed: "bad",
};

export interface Row {
	row: number;
	time: string;
	outcome: string;
	status: number;
	method: string | null;
	path: string | null;
	type: string | null;
	subject: string | null;
	subject_id: string | null;
	external_id: string | null;
	scim_type: string | null;
	detail: string | null;
	dry_run: boolean;
	count: number;
	micros: number;
	token: string | null;
	token_id: string | null;
	ip: string | null;
	user_agent: string | null;
	request: string | null;
	bulk: number | null;
	replay_of: number | null;
	missing: number | null;
}

export interface Entry extends Row {
	if_match: string | null;
	body: string | null;
	body_octets: number;
	redacted: boolean;
	cut: boolean;
	changes: { action: string; target: string | null; changes: { path: string; old: unknown; new: unknown }[] }[];
}

export const outcomes: Record<string, Tone> = {
	succeeded: "good",
	unchanged: "quiet",
	held: "warn",
	refused: "bad",
	failed: "bad",
};

const badness = ["unchanged", "succeeded", "held", "refused", "failed"];

// A request of many operations is as bad as the worst of them.
export function worstOf(found: readonly string[]): string | undefined {
	return [...found].sort((a, b) => badness.indexOf(b) - badness.indexOf(a))[0];
}

// Only a connection's request can be made again, and only one that changes something.
export function canReplay(entry: Entry): boolean {
	return (
		["POST", "PUT", "PATCH", "DELETE"].includes(entry.method ?? "") && entry.bulk === null && !entry.cut && !entry.redacted
	);
}

export function textsOf(value: unknown): string[] {
	if (value === null || value === undefined || value === "") return [];
	if (Array.isArray(value)) return value.flatMap(textsOf);
	return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

const HOUR = 3_600_000;
export const spans: Record<string, number> = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR };

// The filters of the page as the API's; a span ends now, cut to the minute so that pages fit together.
export function askOf(set: Record<string, string>, now = Date.now()): Record<string, string> {
	const { since, problems, ...others } = set;
	const asked: Record<string, string> = { ...others };
	const span = since ? spans[since] : undefined;
	if (span) asked.from = `${new Date(Math.floor((now - span) / 60_000) * 60_000).toISOString().slice(0, 19)}Z`;
	if (problems) asked.problems = "true";
	return asked;
}

export function pretty(body: string): string {
	try {
		return JSON.stringify(JSON.parse(body), null, 2);
	} catch {
		return body;
	}
}
