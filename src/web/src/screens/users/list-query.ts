// The filters of the list of people as the API takes them, and the other way of saying the same: one
// text that can be copied for SCIM, a script or the command line.
import type { Query } from "../../api";
import { and, compare, not, or, present } from "../../filter";

export type Set = Record<string, string>;

const DAY = 86_400_000;
const DAYS_MOST = 36_500; // what is typed into the address may be before all dates

function state(value: string | undefined): string {
	switch (value) {
		case "active":
			return compare("active", "eq", true);
		case "invited":
			return and(compare("active", "eq", true), compare("invited", "eq", true));
		case "inactive":
			return compare("active", "eq", false);
		default:
			return "";
	}
}

// "never", or the days since: whoever has never signed in has not since then either.
function login(value: string | undefined, now: number): string {
	if (value === "never") return not(present("last_login"));
	const days = Number(value);
	if (!value || !Number.isInteger(days) || days <= 0 || days > DAYS_MOST) return "";
	const since = new Date(Math.floor((now - days * DAY) / DAY) * DAY).toISOString();
	return not(compare("last_login", "ge", since));
}

const equal = (name: string, value: string | undefined) => (value ? compare(name, "eq", value) : "");

export function filterOf(set: Set, now = Date.now()): string {
	return and(
		state(set.state),
		equal("roles", set.role),
		equal("groups.value", set.scope && `scope:${set.scope}`),
		equal("user_type", set.type),
		set.organization ? compare("organization", "co", set.organization) : "",
		equal("manager", set.below),
		set.access ? compare("full_access", "eq", true) : "",
		login(set.login, now),
	);
}

// What the API makes of the words of a search: each stands in one of the names of a person.
const knownBy = ["displayName", "userName", "emails.value"];

function word(one: string): string {
	return or(...knownBy.map((name) => compare(name, "co", one)));
}

// All that narrows the list, the search too.
export function textOf(set: Set, now = Date.now()): string {
	const words = (set.q ?? "").split(" ").filter(Boolean);
	return and(...words.map(word), filterOf(set, now));
}

export function queryOf(set: Set): Query {
	return { contains: set.q, filter: filterOf(set) };
}

// Whom a change of many is about: those named, or all that match and no other number of them.
export function targetsOf(ids: readonly string[], all: boolean, count: number, set: Set): Record<string, unknown> {
	if (!all) return { users: ids };
	const { contains, filter } = queryOf(set);
	return {
		...(contains ? { contains } : {}),
		filter: filter || present("user"),
		expected_count: count,
	};
}
