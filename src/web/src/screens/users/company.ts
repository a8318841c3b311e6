// The preset and the policies of the company that the page is in: what decides how its people look.
import { get, list } from "../../api";
import { t, type TextKey } from "../../i18n";
import { useLoad } from "../../load";
import { tenant } from "../../router";
import { session } from "../../session";
import { ownLabel, type PolicyValue, type Preset, presetOf, valueOf, wordsOf } from "./preset";

export interface Company {
	preset: Preset;
	policies: PolicyValue[];
}

const known = new Map<string, Company>();

// What is known already is shown at once; one's own company's preset the session tells.
export function useCompany(): Company {
	const key = tenant.value ?? "";
	const loaded = useLoad(
		async (signal) => {
			// The operators' own company has no settings of its own.
			if (tenant.value === null && session.value?.operator) return { preset: presetOf(session.value.preset), policies: [] };
			const [settings, policies] = await Promise.all([
				get<{ preset: string }>("settings", {}, signal),
				list<PolicyValue>("policies", {}, signal),
			]);
			const company = { preset: presetOf(settings.preset), policies: policies.items };
			known.set(key, company);
			return company;
		},
		[key],
		["settings"],
	);
	return loaded.value ?? known.get(key) ?? { preset: presetOf(session.value?.preset), policies: [] };
}

const presetKeys = { pegotec: "pegotec", "users-app": "users_app", titanus: "titanus" } as const;

// What this company calls its people, its roles and its scopes.
export function labelOf(company: Company, what: "users" | "roles" | "scopes"): string {
	const policy = { users: "labels.users", roles: "labels.roles", scopes: "scope.label" }[what];
	return ownLabel(company.policies, policy) ?? t(`users.label_${what}_${presetKeys[company.preset]}` as TextKey);
}

export function holdsOneRole(company: Company): boolean {
	const value = valueOf(company.policies, "roles.cardinality");
	return value === undefined ? company.preset === "users-app" : value === "single";
}

export function emptyScopeMeansAll(company: Company): boolean {
	const value = valueOf(company.policies, "scope.empty_means");
	return value === undefined ? company.preset === "pegotec" : value === "all";
}

export function userTypes(company: Company): string[] {
	return wordsOf(company.policies, "users.types");
}
