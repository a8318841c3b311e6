// What the API tells operators of a company, and what is worked out of it. Pure: no words, no server.
import type { Overview } from "../status/overview";

export const kinds = ["customer", "demo", "internal"] as const;
export const presets = ["pegotec", "users-app", "titanus"] as const;

export interface CompanyRow {
	tenant: string;
	active: boolean;
	erasing: boolean;
	users: number;
	id: string;
	type: (typeof kinds)[number];
	parent: string | null;
	created: string;
}

export interface Company {
	tenant: string;
	active: boolean;
	erasing: boolean;
	id: string;
	type: (typeof kinds)[number];
	parent: string | null;
	users: number;
	roles: number;
	scopes: number;
	groups: number;
	clients: number;
	directories: number;
	webhooks: number;
	changes: number;
}

export type State = "active" | "suspended" | "erasing";

export function stateOf(company: { active: boolean; erasing: boolean }): State {
	return company.erasing ? "erasing" : company.active ? "active" : "suspended";
}

const bad = new Set(["failed", "quarantined"]);

// The directories that no longer follow by themselves, the worst first.
export function troubled(overview: Overview): NonNullable<Overview["directories"]> {
	const found = (overview.directories ?? []).filter((one) => bad.has(one.state) || one.state === "held");
	return found.sort((a, b) => Number(bad.has(b.state)) - Number(bad.has(a.state)) || a.name.localeCompare(b.name));
}

export function isWell(overview: Overview): boolean {
	const waiting = (overview.conflicts?.open ?? 0) + (overview.plans?.length ?? 0) + (overview.held ?? 0);
	return waiting === 0 && troubled(overview).length === 0;
}
