import { list } from "../../api";
import { t } from "../../i18n";
import { may } from "../../session";
import type { Picked } from "../../ui";

const EACH = 5;

interface Row {
	id: string;
	user?: string;
	name?: string;
	role?: string;
	scope?: string;
	group?: string;
}

async function of(what: "users" | "roles" | "scopes" | "groups", text: string, signal: AbortSignal): Promise<Picked[]> {
	if (!may(`${what}.view`)) return [];
	const { items } = await list<Row>(what, { contains: text, limit: EACH }, signal);
	return items.map((row) => ({
		id: row.id,
		title: row.role ?? row.scope ?? row.group ?? (row.name || row.user) ?? row.id,
		note: what === "users" ? row.user : t(`audit.type_${what === "roles" ? "role" : what === "scopes" ? "scope" : "group"}`),
	}));
}

export async function findActors(text: string, signal: AbortSignal): Promise<Picked[]> {
	return of("users", text, signal);
}

export async function findTargets(text: string, signal: AbortSignal): Promise<Picked[]> {
	const kinds = ["users", "roles", "scopes", "groups"] as const;
	return (await Promise.all(kinds.map((kind) => of(kind, text, signal)))).flat();
}
