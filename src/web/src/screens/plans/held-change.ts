// What the API tells of changes that connections asked for.
import { and, compare } from "../../filter";

export interface Held {
	id: string;
	held_act: string;
	held_state: string;
	held_subject: string;
	held_client: string;
	held_seen?: string;
	created: string;
	connection?: string;
	user?: string;
	role?: string;
	scope?: string;
}

export const acts = ["assign", "deactivate", "delete"] as const;

export function filterOf(set: Readonly<Record<string, string>>): string {
	return and(
		set.state ? compare("held_state", "eq", set.state) : "",
		set.act ? compare("held_act", "eq", set.act) : "",
		set.connection ? compare("held_client", "eq", set.connection) : "",
	);
}
