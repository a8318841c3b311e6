// What the API tells of people, as far as these screens show it.
export interface UserRow {
	id: string;
	user: string;
	name?: string;
	email?: string;
	given?: string;
	family?: string;
	phone?: string;
	title?: string;
	organization?: string;
	user_type?: string;
	active: boolean;
	state: "active" | "invited" | "inactive";
	identity?: "you" | "sub_user";
	parent?: string;
	full_access?: boolean;
	last_login?: string;
	roles: string[];
	role_ids: string[];
	reports: number;
	sources: string[];
	locked: boolean;
	created: string;
	modified: string;
}

export interface App {
	value: string;
	version?: string;
	status?: string;
}

export interface Person {
	id: string;
	revision: number;
	user_name: string;
	name?: string;
	given?: string;
	family?: string;
	emails?: string[];
	phones?: string[];
	title?: string;
	user_type?: string;
	organization?: string;
	department?: string;
	division?: string;
	language?: string;
	timezone?: string;
	manager?: string;
	parent?: string;
	auth_methods?: string[];
	full_access?: boolean;
	must_change?: boolean;
	expires?: string;
	apps?: App[];
	active: boolean;
	state: UserRow["state"];
	identity?: UserRow["identity"];
	last_login?: string;
	roles: string[];
	scopes: string[];
	groups: string[];
	reports: number;
	sources: string[];
	locked: boolean;
	created: string;
	modified: string;
}

// A name to speak of somebody by.
export function nameOfRow(row: { name?: string; user: string }): string {
	return row.name || row.user;
}

export function nameOfPerson(person: { name?: string; user_name: string }): string {
	return person.name || person.user_name;
}

// "Anna Maria Krause" is AK.
export function initials(name: string): string {
	const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
	const first = words[0] ?? name;
	const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
	return ([...first][0] ?? "").toUpperCase() + ([...last][0] ?? "").toUpperCase();
}

// Since it was created nobody has changed it: the times differ by no more than the making itself.
export function wasModified(row: { created: string; modified: string }): boolean {
	return new Date(row.modified).getTime() - new Date(row.created).getTime() >= 1000;
}
