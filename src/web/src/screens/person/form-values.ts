// What the form of a person holds, and what of it is sent. Pure.
import type { Person } from "../users/people";
import { type FieldName, userNameFrom } from "../users/preset";

export interface PersonValues {
	user_name: string;
	name: string;
	given: string;
	family: string;
	emails: string; // several with commas between
	phones: string;
	title: string;
	user_type: string;
	organization: string;
	department: string;
	division: string;
	manager: string; // a user name
	language: string;
	timezone: string;
	full_access: boolean;
	sso_only: boolean;
	expires: string; // a day
	reason: string; // why the address changes
}

export interface NewPersonValues extends PersonValues {
	roles: string[];
	scopes: string[];
	apps: string[];
	how: "later" | "make" | "choose";
	password: string;
}

const texts = ["user_name", "name", "given", "family", "title", "user_type", "organization", "department", "division", "language", "timezone"] as const;

export function noPerson(): NewPersonValues {
	return {
		...valuesOfPerson({ user_name: "" }),
		roles: [],
		scopes: [],
		apps: [],
		how: "make",
		password: "",
	};
}

export function valuesOfPerson(person: Pick<Person, "user_name"> & Partial<Person>): PersonValues {
	const text = (name: (typeof texts)[number]) => person[name] ?? "";
	return {
		user_name: text("user_name"),
		name: text("name"),
		given: text("given"),
		family: text("family"),
		emails: (person.emails ?? []).join(", "),
		phones: (person.phones ?? []).join(", "),
		title: text("title"),
		user_type: text("user_type"),
		organization: text("organization"),
		department: text("department"),
		division: text("division"),
		manager: person.parent ?? "",
		language: text("language"),
		timezone: text("timezone"),
		full_access: person.full_access ?? false,
		sso_only: person.auth_methods?.includes("sso") ?? false,
		expires: person.expires?.slice(0, 10) ?? "",
		reason: "",
	};
}

export function lines(text: string): string[] {
	return text
		.split(/[\n,;]/)
		.map((one) => one.trim())
		.filter(Boolean);
}

// In the API's words; what is empty is null, which takes the value away.
function bodyOf(changed: Partial<PersonValues>): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const name of texts) {
		const value = changed[name];
		if (value !== undefined) body[name] = value.trim() || null;
	}
	if (changed.manager !== undefined) body.manager = changed.manager.trim() || null;
	if (changed.emails !== undefined) body.emails = lines(changed.emails);
	if (changed.phones !== undefined) body.phones = lines(changed.phones);
	if (changed.full_access !== undefined) body.full_access = changed.full_access;
	if (changed.sso_only !== undefined) body.auth_methods = changed.sso_only ? ["sso"] : null;
	if (changed.expires !== undefined) body.expires = changed.expires ? `${changed.expires}T00:00:00Z` : null;
	return body;
}

export function editBody(changed: Partial<PersonValues>): Record<string, unknown> {
	const body = bodyOf(changed);
	if (changed.reason?.trim()) body.reason = changed.reason.trim();
	return body;
}

// Without what was left empty. The name that people are shown by is put together where it is not typed.
export function createBody(values: NewPersonValues): Record<string, unknown> {
	const said = Object.entries(bodyOf(values)).filter(
		([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
	);
	const { user_name: _, ...body } = Object.fromEntries(said);
	const name = values.name.trim() || `${values.given} ${values.family}`.trim();
	const credentials = values.sso_only
		? {}
		: values.how === "make"
			? { generate: true, must_change: true }
			: values.how === "choose"
				? { password: values.password, must_change: true }
				: { invited: true };
	return {
		user: values.user_name.trim() || userNameFrom(lines(values.emails)[0] ?? "", name),
		...body,
		...(name ? { name } : {}),
		...(values.roles.length > 0 ? { roles: values.roles } : {}),
		...(values.scopes.length > 0 ? { scopes: values.scopes } : {}),
		...(values.apps.length > 0 ? { apps: values.apps.map((value) => ({ value })) } : {}),
		...credentials,
	};
}

// The API names what it refuses by its own words: the form's are these.
export function formName(attribute: string): string {
	return { user: "user_name", auth_methods: "sso_only", authmethods: "sso_only" }[attribute] ?? attribute;
}

// Which attribute of the API a field of the form is, to tell whose it is.
export function attributeOf(field: FieldName): string {
	return field === "sso_only" ? "auth_methods" : field;
}
