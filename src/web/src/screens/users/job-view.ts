// How a job is spoken of: pure, so that it can be tested.
import type { Job } from "../../ui/job";

export interface JobSummary {
	total: number;
	looked_at: number;
	waiting: number;
	changed: number;
	unchanged: number;
	refused: number;
	refusals: JobRow[];
}

export interface JobRow {
	row: number;
	id: string;
	user?: string;
	name?: string;
	outcome: string;
	code?: string;
	detail?: string;
}

const destructive: readonly string[] = ["deactivate", "delete"];
const opposites: Record<string, string> = {
	deactivate: "reactivate",
	reactivate: "deactivate",
	"assign-role": "unassign-role",
	"unassign-role": "assign-role",
	"assign-scope": "unassign-scope",
	"unassign-scope": "assign-scope",
};
const FEW = 10;
export const UNDO_MOST = 1000; // that one request reads

export function isDestructive(action: string): boolean {
	return destructive.includes(action);
}

// More than a few at once, or what cannot be taken back, is meant only when it is typed.
export function asksForName(action: string, count: number): boolean {
	return action === "delete" || (isDestructive(action) && count > FEW);
}

// What takes a finished job back; null where nothing does.
export function opposite(job: Job): string | null {
	return (job.state === "done" || job.state === "cancelled") && job.total <= UNDO_MOST && !("replace" in job)
		? (opposites[job.action] ?? null)
		: null;
}

export function isOver(job: Job): boolean {
	return job.state !== "planned" && job.state !== "running";
}

// Whom or what a row is about.
export function placeOf(job: Job, row: JobRow): string {
	return `${job.action === "settle" ? "/conflicts" : "/users"}/${row.id}`;
}

// "assign-role" is the text "assign_role".
export function word(action: string): string {
	return action.replaceAll("-", "_");
}

export function resultName(job: Job): string {
	return `${job.action}-${job.created.slice(0, 10)}.csv`;
}
