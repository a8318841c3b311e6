// Why somebody may do something, or may not, as the steps of one chain: the account, what grants the
// permission, where it holds. Pure; the words are the component's.
export interface Named {
	name: string;
	id: string;
}

export interface Origin {
	type: "local" | "directory" | "client" | "gone";
	name?: string;
	id?: string;
	client_type?: string;
	groups?: Named[];
}

export interface Held extends Named {
	since?: string;
	sources: Origin[];
	given_by?: { type: string; name?: string; channel: string; change: number };
}

export interface Explanation {
	allowed: boolean;
	missing: { reason: string; text: string }[];
	permission: string;
	label?: string;
	scoped?: boolean;
	own?: boolean;
	granted_by: "nothing" | "roles" | "own_list" | "full_access";
	roles: Held[];
	other_roles: Named[];
	reach: "nothing" | "unscoped" | "full_access" | "no_scope_held" | "scope";
	scopes: Held[];
	policies: { policy: string; value: string }[];
	feature_off?: string;
}

export type Verdict = "yes" | "partly" | "no" | "unasked"; // a step behind one that stops is not asked

export interface Step {
	name: "account" | "grant" | "reach" | "own";
	verdict: Verdict;
	because: string; // which sentence tells it
	reasons: { reason: string; text: string }[]; // of a "no"
	held: Held[];
}

const reasonsOf: Record<Step["name"], readonly string[]> = {
	account: ["unknown_tenant", "tenant_suspended", "unknown_holder", "inactive", "expired", "must_change_password"],
	grant: ["unknown_permission", "not_granted"],
	reach: ["unknown_scope", "no_scopes", "scope_not_named", "scope_not_held"],
	own: ["not_owner"],
};

function because(name: Step["name"], told: Explanation): string {
	switch (name) {
		case "account":
			return "account_open";
		case "grant":
			return `granted_${told.feature_off ? "feature_off" : told.granted_by}`;
		case "reach":
			if (told.reach === "no_scope_held") return `reach_empty_${told.allowed ? "all" : "none"}`;
			return `reach_${told.reach}`;
		case "own":
			return "own_only";
	}
}

function lacks(told: Explanation, reason: string): boolean {
	return told.missing.some((one) => one.reason === reason);
}

function tellsScopes(told: Explanation): boolean {
	return told.reach === "scope" || lacks(told, "scope_not_named") || lacks(told, "scope_not_held");
}

// "somewhere": in the scopes that are held, and it was not said in which one.
export function answerOf(told: Explanation): "allowed" | "denied" | "somewhere" {
	if (told.allowed) return "allowed";
	return told.missing.length === 1 && lacks(told, "scope_not_named") ? "somewhere" : "denied";
}

export function stepsOf(told: Explanation): Step[] {
	const names: Step["name"][] = ["account", "grant", "reach"];
	if (told.own) names.push("own");
	const known = new Set(Object.values(reasonsOf).flat());
	let stopped = false;
	return names.map((name) => {
		// A reason that we do not know is told where the chain is said to end: at the grant.
		const reasons = told.missing.filter(
			({ reason }) => reasonsOf[name].includes(reason) || (name === "grant" && !known.has(reason)),
		);
		const partly = name === "reach" && reasons.length === 1 && lacks(told, "scope_not_named");
		const verdict: Verdict = partly ? "partly" : reasons.length > 0 ? "no" : stopped && name === "reach" ? "unasked" : "yes";
		if (verdict === "no" && name === "grant") stopped = true;
		return {
			name,
			verdict,
			because: because(name, told),
			reasons,
			held: name === "grant" ? told.roles : name === "reach" && tellsScopes(told) ? told.scopes : [],
		};
	});
}

export interface Permission {
	permission: string;
	group?: string;
	label?: string;
	scoped?: boolean;
	own?: boolean;
	granted_by: string;
	roles: Named[];
}

// In the order in which the groups first come.
export function byGroup(permissions: readonly Permission[]): [string, Permission[]][] {
	const groups = new Map<string, Permission[]>();
	for (const one of permissions) {
		const group = one.group ?? "";
		groups.set(group, [...(groups.get(group) ?? []), one]);
	}
	return [...groups];
}

// Those whose name or label has all the words.
export function searched(permissions: readonly Permission[], text: string): Permission[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return permissions.filter((one) => {
		const said = `${one.permission} ${one.label ?? ""} ${one.roles.map((role) => role.name).join(" ")}`.toLowerCase();
		return words.every((word) => said.includes(word));
	});
}
