// What stands in an address for roles, scopes or groups of which a screen knows the names alone.
import { list } from "../../api";
import { compare, or } from "../../filter";
import { useLoad } from "../../load";
import { may } from "../../session";
import { isOdd } from "./odd";

const MOST = 50; // that a filter takes, however long they are

export type Named = "roles" | "scopes" | "groups";

// Of a name, what the address has: the id, which is asked for, where the name is odd.
export function useWords(what: Named, names: readonly string[]): (name: string) => string {
	const asked = may(`${what}.view`) ? names.filter(isOdd).slice(0, MOST) : [];
	const own = what.slice(0, -1);
	const loaded = useLoad(
		async (signal) => {
			if (asked.length === 0) return new Map<string, string>();
			const filter = or(...asked.map((name) => compare(own, "eq", name)));
			const { items } = await list<Record<string, string>>(what, { filter, limit: asked.length }, signal);
			return new Map(items.map((row) => [row[own] ?? "", row.id ?? ""]));
		},
		[what, asked.join("\n")],
		[what],
	);
	return (name) => loaded.value?.get(name) ?? name;
}
