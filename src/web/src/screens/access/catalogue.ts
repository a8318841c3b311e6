import { list } from "../../api";
import { tWord } from "../../i18n";
import { type Loaded, useLoad } from "../../load";
import { may } from "../../session";
import type { Permission } from "./rows";

// All permissions that the company knows: one answer, however many there are.
export function usePermissions(): Loaded<Permission[]> {
	return useLoad(
		async (signal) => (await list<Permission>("permissions", {}, signal)).items,
		[],
		["roles"],
	);
}

export function groupTitle(group: string): string {
	return tWord("access.group_", group);
}

function permissionWord(permission: string, otherwise: string): string {
	const key = permission.replaceAll(".", "_");
	const word = tWord("access.can_", key);
	return word === key ? otherwise || permission : word;
}

// Muster's own are in the reader's language, those of the platform as it named them. An app's
// permissions all have the app's own label.
export function permissionTitle(one: Permission): string {
	if (one.origin === "core") return permissionWord(one.permission, one.label);
	if (one.origin !== "app") return one.label || one.permission;
	const verb = one.permission.slice(one.permission.lastIndexOf(".") + 1);
	return `${one.label || one.group}: ${tWord("access.verb_", verb)}`;
}

// The titles of permissions that only their codes are known of. Those of the platform only who may see
// the roles is told.
export function usePermissionTitle(): (permission: string) => string {
	const seen = may("roles.view");
	const loaded = useLoad(
		async (signal) => (seen ? (await list<Permission>("permissions", {}, signal)).items : []),
		[seen],
		["roles"],
	);
	const known = new Map((loaded.value ?? []).map((one) => [one.permission, one]));
	return (permission) => {
		const one = known.get(permission);
		return one ? permissionTitle(one) : permissionWord(permission, permission);
	};
}
