// What the API tells people about themselves.

export interface OwnPermission {
	permission: string;
	label: string;
	roles: { name: string; id: string }[];
}

export interface OwnSession {
	session: string;
	created: string;
	seen: string;
	expires: string;
	ip: string;
	user_agent: string;
	current: boolean;
}

export interface Me {
	userName?: string;
	displayName?: string;
	emails?: { value: string; primary?: boolean }[];
	phoneNumbers?: { value: string }[];
}

export interface OwnRole {
	name: string;
	grants: string[];
}

// The roles that grant something, with what each grants.
export function rolesOf(held: readonly OwnPermission[]): OwnRole[] {
	const found = new Map<string, OwnRole>();
	for (const one of held) {
		for (const { id, name } of one.roles) {
			const role = found.get(id) ?? { name, grants: [] };
			role.grants.push(one.label);
			found.set(id, role);
		}
	}
	return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const browsers: [RegExp, string][] = [
	[/Edg\//, "Edge"],
	[/Firefox\//, "Firefox"],
	[/Chrom(e|ium)\//, "Chrome"],
	[/Safari\//, "Safari"],
];
const systems: [RegExp, string][] = [
	[/Windows/, "Windows"],
	[/Android/, "Android"],
	[/iPhone|iPad/, "iOS"],
	[/Mac OS X/, "macOS"],
	[/Linux/, "Linux"],
];

// "Firefox, Linux" of what a browser says of itself; else its own first word.
export function browserOf(agent: string): string {
	const name = (of: [RegExp, string][]) => of.find(([pattern]) => pattern.test(agent))?.[1];
	const words = [name(browsers) ?? agent.split(/[\s/]/)[0], name(systems)].filter(Boolean);
	return words.join(", ") || "–";
}

// A key as people type it: four letters at a time.
export function groupsOf(key: string): string {
	return key.match(/.{1,4}/g)?.join(" ") ?? "";
}
