// What is said of a person, as rows with who says it. Pure.
import type { Person } from "../users/people";

export interface UserSource {
	type: "directory" | "connection";
	name: string;
	id: string;
	anchor?: string;
	dn?: string;
	state?: string;
	external_id?: string;
	attributes: string[];
}

const names = [
	"name",
	"user_name",
	"emails",
	"phones",
	"given",
	"family",
	"title",
	"user_type",
	"organization",
	"department",
	"division",
	"manager",
	"language",
	"timezone",
	"full_access",
	"auth_methods",
	"expires",
] as const;
export type ProfileName = (typeof names)[number];

export interface ProfileRow {
	name: ProfileName;
	values: string[];
	by: string[]; // the sources whose value it is; none: the administrators'
}

function valuesOf(person: Person, name: ProfileName): string[] {
	// A manager is told by the name, not by the id.
	const value: unknown = name === "manager" ? person.parent : person[name];
	if (value === undefined || value === null || value === false || value === "") return [];
	return Array.isArray(value) ? value.map(String) : [String(value)];
}

export function profileRows(person: Person, sources: readonly UserSource[]): ProfileRow[] {
	return names.map((name) => ({ name, values: valuesOf(person, name), by: ownersOf(name, sources) }));
}

// Whose an attribute is: what a directory or a connection says is not the administrators' to change.
export function ownersOf(name: string, sources: readonly UserSource[]): string[] {
	return sources.filter((source) => source.attributes.includes(name)).map((source) => source.name);
}
