// A row of the audit about one person.
import { attributeValue } from "../../attributes";

export interface Change {
	path: string;
	old: unknown;
	new: unknown;
}

export interface AuditRow {
	id: string;
	time: string;
	action: string;
	outcome: "success" | "denied";
	actor: { id: string | null; name: string; type: string };
	changes: Change[];
	reason?: string;
	request: { channel: string; ip: string | null };
}

function valueText(value: unknown, empty: string): string {
	if (value === null || value === undefined || value === "") return empty;
	if (Array.isArray(value)) return value.length === 0 ? empty : value.map((one) => valueText(one, empty)).join(", ");
	return typeof value === "object" ? JSON.stringify(value) : attributeValue(String(value));
}

// "old → new"; what has begun to be said shows only the new.
export function changeText(change: Change, empty: string): string {
	const now = valueText(change.new, empty);
	if (change.old === null || change.old === undefined) return now;
	return `${valueText(change.old, empty)} → ${now}`;
}
