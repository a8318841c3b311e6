// What the API tells of roles, scopes, groups and permissions, and what is worked out of it. Pure: no
// words, no server.
export interface Container {
	id: string;
	description?: string;
	sources: string[];
	modified: string;
	members: number;
}

export interface RoleRow extends Container {
	role: string;
	built_in: boolean;
	level?: number;
	permissions: number;
}

export interface ScopeRow extends Container {
	scope: string;
	scope_kind?: string;
	external_id?: string;
}

export interface GroupRow extends Container {
	group: string;
}

export interface Shown {
	id: string;
	common_name: string;
	description?: string[];
	created: string;
	modified: string;
	member_count: number;
	members: { id: string; kind: string; name: string }[];
}

export interface Role extends Shown {
	permission?: string[];
	built_in: boolean;
	level?: number;
}

export interface Scope extends Shown {
	scope_kind?: string;
	external_id?: string;
}

export interface Permission {
	permission: string;
	group: string;
	label: string;
	origin: "core" | "preset" | "registered" | "app";
	scoped: boolean;
	own: boolean;
	roles: string[];
}

export const verbs = ["create", "read", "update", "delete"] as const;
export type Verb = (typeof verbs)[number];

export interface App {
	app: string;
	label: string;
	may: Partial<Record<Verb, Permission>>;
}

export interface Catalogue {
	groups: { group: string; permissions: Permission[] }[];
	apps: App[];
}

function verbOf(permission: Permission): Verb | undefined {
	const word = permission.permission.slice(permission.permission.lastIndexOf(".") + 1);
	return verbs.find((verb) => verb === word);
}

// Permissions by their groups, those of apps apart: an app a row, what can be done with it a column.
export function catalogueOf(permissions: readonly Permission[]): Catalogue {
	const groups = new Map<string, Permission[]>();
	const apps = new Map<string, App>();
	for (const one of permissions) {
		const verb = one.origin === "app" ? verbOf(one) : undefined;
		if (verb) {
			const app = apps.get(one.group) ?? { app: one.group, label: one.label || one.group, may: {} };
			app.may[verb] = one;
			apps.set(one.group, app);
		} else groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
	}
	return {
		groups: [...groups].map(([group, several]) => ({ group, permissions: several })),
		apps: [...apps.values()],
	};
}

export interface Change {
	gained: string[];
	lost: string[];
}

export function changeOf(before: readonly string[], after: readonly string[]): Change {
	return {
		gained: after.filter((one) => !before.includes(one)),
		lost: before.filter((one) => !after.includes(one)),
	};
}

// Whoever may not read an app sees an error or an empty screen, whatever else is allowed.
export function appsWithoutRead(apps: readonly App[], held: readonly string[]): string[] {
	const holds = (one: Permission | undefined) => one !== undefined && held.includes(one.permission);
	return apps
		.filter(({ may }) => may.read && !holds(may.read) && verbs.some((verb) => holds(may[verb])))
		.map(({ label }) => label);
}

// Only of the groups and permissions where the words stand: in the name, the label or the group.
export function search(permissions: readonly Permission[], text: string): Permission[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return permissions.filter((one) => {
		const whole = `${one.permission} ${one.label} ${one.group}`.toLowerCase();
		return words.every((word) => whole.includes(word));
	});
}
