// What the server answers when one person is asked for, taken apart: what was found there, which row
// of the mapping gave what, what comes of it.

import type { Said } from "../../ui/failure";

export interface Step {
	step: string;
	good: boolean;
	text: string;
}

export interface MappedRow {
	row: string; // "email=mail"
	value: string;
	good: boolean;
}

export interface Outcome {
	steps: Step[]; // found, in-scope, joined, would-change, applied, asked
	theirs: { name: string; value: string }[];
	rows: MappedRow[];
	mapped: { name: string; value: string }[];
}

function cut(text: string, at: string): [string, string] {
	const place = text.indexOf(at);
	return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + at.length)];
}

export function outcomeOf(items: readonly Step[]): Outcome {
	const found: Outcome = { steps: [], theirs: [], rows: [], mapped: [] };
	for (const item of items) {
		if (item.step === "theirs") {
			const [name, value] = cut(item.text, ": ");
			found.theirs.push({ name, value });
		} else if (item.step === "row") {
			const [row, value] = cut(item.text, ": ");
			found.rows.push({ row, value, good: item.good });
		} else if (item.step === "mapped") {
			const [name, value] = cut(item.text, " = ");
			found.mapped.push({ name, value });
		} else found.steps.push(item);
	}
	return found;
}

export function changesNothing(step: Step): boolean {
	return step.step === "would-change" && step.text === "nothing";
}

// Whether doing it would do anything.
export function wouldChange(outcome: Outcome): boolean {
	const last = outcome.steps.filter((step) => step.step === "would-change");
	return last.length > 0 && last.every((step) => step.good) && !last.every(changesNothing);
}

// ---- preflight ----

export interface Check {
	server: string;
	check: string;
	verdict: "good" | "warning" | "bad";
	text: string;
	because: Said[];
	advice?: string;
	advised?: Said[];
}

export function byServer(checks: readonly Check[]): [string, Check[]][] {
	const found = new Map<string, Check[]>();
	for (const check of checks) found.set(check.server, [...(found.get(check.server) ?? []), check]);
	return [...found];
}

export function worst(checks: readonly Check[]): Check["verdict"] {
	if (checks.some((check) => check.verdict === "bad")) return "bad";
	return checks.some((check) => check.verdict === "warning") ? "warning" : "good";
}

// ---- what to do next ----

export interface Standing {
	name: string;
	active: boolean;
	state: string;
	class?: string;
	plan?: string;
}

export type Next = "plan" | "secret" | "full" | "check" | "resume" | "none";

// As the daemon advises its commands (directory_advice.c).
export function nextOf(directory: Standing): Next {
	if (!directory.active) return "resume";
	const { state } = directory;
	if (state === "held" && directory.plan) return "plan";
	if ((state === "failed" || state === "paused") && directory.class === "auth") return "secret";
	if (state === "paused" && directory.class === "rollback") return "full";
	return state === "failed" || state === "paused" || state === "quarantined" ? "check" : "none";
}
