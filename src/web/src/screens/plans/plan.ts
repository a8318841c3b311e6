// What the API tells of plans, and what is worked out of it.
import type { Tone } from "../../ui/badge";
import type { DiffRow } from "../../ui/diff";
import type { Reason } from "../../ui/failure";

export interface Plan extends Reason {
	id: string;
	directory?: string; // absent: it is gone
	run: number;
	cause: string;
	state: string;
	rows: number;
	counts: Record<string, number>;
	created: string;
	modified: string;
}

export interface PlanRow {
	row: number;
	action: string;
	kind: string;
	name: string;
	dn?: string;
	rule: string;
	added?: number;
	removed?: number;
	changes?: { attribute: string; old?: string; new?: string }[];
}

export const states = ["held", "applied", "rejected", "approved", "applying", "superseded", "storing", "failed"] as const;

// What takes something away stands first.
const order = [
	"deactivate", "delete-group", "release", "role", "scope", "members", "conflict", "link", "create", "update",
	"reactivate", "create-group", "update-group",
];
const grave = new Set(["deactivate", "delete-group", "release"]);
const MANY = 10;

const tones: Record<string, Tone> = {
	held: "warn",
	applied: "good",
	approved: "info",
	applying: "info",
	storing: "info",
	failed: "bad",
};

export function toneOf(state: string): Tone {
	return tones[state] ?? "quiet";
}

export function toneOfAction(action: string): Tone {
	if (grave.has(action)) return "bad";
	return action === "conflict" ? "warn" : action === "create" || action === "create-group" ? "good" : "info";
}

// What is changed, by kind; who is only looked at is told apart.
export function kindsOf(counts: Readonly<Record<string, number>>): { action: string; n: number }[] {
	const known = (action: string) => (order.includes(action) ? order.indexOf(action) : order.length);
	return Object.entries(counts)
		.filter(([action, n]) => n > 0 && action !== "people" && action !== "unchanged")
		.map(([action, n]) => ({ action, n }))
		.sort((a, b) => known(a.action) - known(b.action));
}

// What must be typed to apply it: the number of those who lose something, when there are many.
export function typedFor(counts: Readonly<Record<string, number>>): string | undefined {
	const lost = [...grave].reduce((sum, action) => sum + (counts[action] ?? 0), 0);
	return lost > MANY ? String(lost) : undefined;
}

export function isGrave(counts: Readonly<Record<string, number>>): boolean {
	return [...grave].some((action) => (counts[action] ?? 0) > 0);
}

// Values of one attribute together, as both sides have them.
export function diffOf(changes: NonNullable<PlanRow["changes"]>): DiffRow[] {
	const rows = new Map<string, { name: string; here: string[]; source: string[] }>();
	for (const { attribute, old, new: now } of changes) {
		const row = rows.get(attribute) ?? { name: attribute, here: [], source: [] };
		if (old !== undefined) row.here.push(old);
		if (now !== undefined) row.source.push(now);
		rows.set(attribute, row);
	}
	return [...rows.values()];
}
