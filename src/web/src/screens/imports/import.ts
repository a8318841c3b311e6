// An import as the API tells it, and how it is spoken of: pure, so that it can be tested.
import type { Tone } from "../../ui";

export interface Import {
	import: string;
	state: "planned" | "running" | "done" | "failed" | "cancelled";
	header: string[];
	total: number;
	importable: number;
	updates: number;
	errors: number;
	duplicates: number;
	differing: number;
	through: number;
	done: number;
	refused: number;
	reason?: string;
	created_by: string;
	created: string;
}

export interface ImportRow {
	row: number;
	line: number;
	class: "importable" | "error" | "duplicate";
	update: boolean;
	outcome: "waiting" | "created" | "updated" | "refused" | "skipped" | "dropped";
	id?: string;
	code?: string;
	column?: string;
	detail?: string;
	differs?: string[];
	cells: string[];
}

const tones: Record<string, Tone> = {
	importable: "good",
	created: "good",
	updated: "good",
	error: "bad",
	refused: "bad",
	duplicate: "quiet",
	dropped: "quiet",
};

// What a line is called: before the commit what would become of it, afterwards what did.
export function standingOf(row: ImportRow): string {
	if (row.class === "importable" && row.outcome === "waiting") return row.update ? "update" : "importable";
	return row.outcome === "skipped" ? row.class : row.outcome;
}

export function toneOfRow(row: ImportRow): Tone {
	return tones[standingOf(row)] ?? "info";
}

// Who a line is about, by the columns that the file has.
export function whoOf(header: readonly string[], row: ImportRow): string {
	const cell = (name: string) => row.cells[header.indexOf(name)] ?? "";
	const name = cell("name") || [cell("first_name"), cell("last_name")].filter(Boolean).join(" ");
	return name || cell("username") || cell("email") || "–";
}

export function addressOf(header: readonly string[], row: ImportRow): string {
	return row.cells[header.indexOf("email")] || row.cells[header.indexOf("username")] || "–";
}

export function toneOfImport(one: Import): Tone {
	if (one.state === "done") return one.refused > 0 ? "warn" : "good";
	return one.state === "failed" ? "bad" : one.state === "cancelled" ? "quiet" : "info";
}

// A browser would read what is no UTF-8 with other letters in its place: null instead.
export function textOf(octets: ArrayBuffer): string | null {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(octets);
	} catch {
		return null;
	}
}
