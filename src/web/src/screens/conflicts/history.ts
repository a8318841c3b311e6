// The audit of several objects as one story.
export interface AuditRow {
	id: string;
	time: string;
	action: string;
	actor: { name?: string | null; type: string };
	reason?: string;
	changes: { path: string; old: string; new: string }[];
}

interface Told extends Omit<AuditRow, "changes"> {
	changes: { path: string; old: unknown; new: unknown }[];
}

function text(value: unknown): string {
	if (value === null || value === undefined || value === "") return "–";
	return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

// Attributes that have no name outside, as digests, are written in capitals. What changes of a conflict
// its page tells.
const inner = /^[A-Z_]+$/;

export function merged(pages: readonly (readonly Told[])[], since: string, limit: number): AuditRow[] {
	const rows = new Map(pages.flat().map((row) => [row.id, row]));
	return [...rows.values()]
		.filter((row) => row.time >= since)
		.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
		.slice(0, limit)
		.map((row) => ({
			...row,
			changes: (row.action.startsWith("conflict.") ? [] : row.changes)
				.filter((change) => !inner.test(change.path))
				.map(({ path, old, new: now }) => ({ path, old: text(old), new: text(now) })),
		}));
}
