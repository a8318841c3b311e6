import { list } from "../../api";
import { tWord } from "../../i18n";
import { type Loaded, useLoad } from "../../load";
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

// An app's permissions all have the app's own label.
export function permissionTitle(one: Permission): string {
	if (one.origin !== "app") return one.label || one.permission;
	const verb = one.permission.slice(one.permission.lastIndexOf(".") + 1);
	return `${one.label || one.group}: ${tWord("access.verb_", verb)}`;
}
