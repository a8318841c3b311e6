// The tree of who reports to whom, as far as it is loaded: pure. Children are asked for when a node is
// opened, a page at a time.
import type { UserRow } from "./people";

export interface Children {
	rows: UserRow[];
	next: string | undefined; // there are more behind this cursor
}

// The top is the parent "".
export type Loaded = ReadonlyMap<string, Children>;

export interface Node {
	key: string; // the person's id, or "more:" and the parent's
	parent: string;
	level: number;
	place: number; // from 1, among those of the parent
	row: UserRow | null; // null: a step to more of them
	open: boolean;
}

// What is seen, from the top down. A circle, which the server refuses, would not be followed either.
export function visible(loaded: Loaded, open: ReadonlySet<string>): Node[] {
	const found: Node[] = [];
	const seen = new Set<string>();
	function below(parent: string, level: number): void {
		const children = loaded.get(parent);
		if (!children || seen.has(parent)) return;
		seen.add(parent);
		for (const [i, row] of children.rows.entries()) {
			const isOpen = row.reports > 0 && open.has(row.id);
			found.push({ key: row.id, parent, level, place: i + 1, row, open: isOpen });
			if (isOpen) below(row.id, level + 1);
		}
		if (children.next === undefined) return;
		found.push({ key: `more:${parent}`, parent, level, place: children.rows.length + 1, row: null, open: false });
	}
	below("", 1);
	return found;
}

export type Step = { to: string } | { open: string } | { close: string } | null;

// What a key does at a node (the tree pattern of the ARIA Authoring Practices Guide).
export function stepOf(key: string, nodes: readonly Node[], at: string): Step {
	const i = Math.max(0, nodes.findIndex((node) => node.key === at));
	const node = nodes[i];
	if (!node) return null;
	const move = (to: number): Step => {
		const target = nodes[Math.max(0, Math.min(nodes.length - 1, to))];
		return target && target.key !== at ? { to: target.key } : null;
	};
	switch (key) {
		case "ArrowDown":
			return move(i + 1);
		case "ArrowUp":
			return move(i - 1);
		case "Home":
			return move(0);
		case "End":
			return move(nodes.length - 1);
		case "ArrowRight":
			if (!node.row || node.row.reports === 0) return null;
			return node.open ? move(i + 1) : { open: node.key };
		case "ArrowLeft":
			if (node.open) return { close: node.key };
			return node.parent === "" ? null : { to: node.parent };
	}
	if ([...key].length !== 1 || key === " ") return null;
	const letter = key.toLocaleLowerCase();
	const named = (one: Node) => (one.row?.name || one.row?.user || "").toLocaleLowerCase().startsWith(letter);
	const next = [...nodes.slice(i + 1), ...nodes.slice(0, i)].find(named);
	return next ? { to: next.key } : null;
}

// How many the parent has: as it says itself; of the top as many as are known.
export function sizeOf(loaded: Loaded, nodes: readonly Node[], node: Node): number {
	const parent = nodes.find((one) => one.key === node.parent)?.row;
	const children = loaded.get(node.parent);
	if (children?.next !== undefined && !parent) return -1;
	return Math.max(parent?.reports ?? 0, children?.rows.length ?? 0);
}
