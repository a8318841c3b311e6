// Where the page is. All that can be told again is in the address: the path below /console/, the
// company that an operator looks into ("@acme" as the first word), and the query, which holds the
// state of tables, filters and tabs.
import { computed, signal } from "@preact/signals";

const base = "/console";

export interface Place {
	tenant: string | null;
	path: string;
	query: URLSearchParams;
}

// "/console/@acme/users?sort=x" is the path "/users" within the company acme.
export function readPlace(pathname: string, search: string): Place {
	const rest = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
	const words = rest.split("/").filter(Boolean);
	const first = words[0];
	const tenant = first?.startsWith("@") ? decode(first.slice(1)) : null;
	if (tenant !== null) words.shift();
	return { tenant, path: `/${words.join("/")}`, query: new URLSearchParams(search) };
}

function decode(word: string): string {
	try {
		return decodeURIComponent(word);
	} catch {
		return word;
	}
}

// The words of a path where a pattern has names, or null when it does not fit: "/users/:id".
export function match(pattern: string, path: string): Record<string, string> | null {
	const wanted = pattern.split("/");
	const got = path.split("/");
	if (wanted.length !== got.length) return null;
	const found: Record<string, string> = {};
	for (const [i, word] of wanted.entries()) {
		const given = got[i] ?? "";
		if (!word.startsWith(":")) {
			if (word !== given) return null;
		} else if (given === "") return null;
		else found[word.slice(1)] = decode(given);
	}
	return found;
}

// A path with names of objects in it: to`/directories/${name}/runs`.
export function to(words: TemplateStringsArray, ...names: (string | number)[]): string {
	return words.reduce((path, word, i) => path + encodeURIComponent(String(names[i - 1])) + word);
}

export const place = signal(readPlace(globalThis.location?.pathname ?? "/", globalThis.location?.search ?? ""));
export const path = computed(() => place.value.path);
export const query = computed(() => place.value.query);
export const tenant = computed(() => place.value.tenant);

// Asked before the page leaves a path; false: it stays. A form that would lose something sets it.
let guard: (() => boolean) | null = null;
export function setGuard(asked: (() => boolean) | null): void {
	guard = asked;
}
export function isGuarded(): boolean {
	return guard !== null;
}

export function href(target: string, within: string | null = tenant.value): string {
	return `${base}${within === null ? "" : `/@${encodeURIComponent(within)}`}${target}`;
}

// How many steps from one path to another there were since the page was loaded.
export let steps = 0;

function show(): void {
	const next = readPlace(location.pathname, location.search);
	if (next.path !== place.value.path || next.tenant !== place.value.tenant) steps += 1;
	place.value = next;
}

// To another place; asks the guard when that leaves the path.
export function go(target: string, options: { replace?: boolean; within?: string | null } = {}): void {
	const url = href(target, options.within === undefined ? tenant.value : options.within);
	const leaves = new URL(url, location.href).pathname !== location.pathname;
	if (leaves && guard && !guard()) return;
	if (options.replace) history.replaceState(null, "", url);
	else history.pushState(null, "", url);
	show();
}

// Sets words of the query, null takes one away. Typing replaces; a choice is a step that "back" undoes.
export function setQuery(change: Record<string, string | null>, options: { replace?: boolean } = {}): void {
	const next = new URLSearchParams(query.value);
	for (const [name, value] of Object.entries(change)) {
		if (value === null || value === "") next.delete(name);
		else next.set(name, value);
	}
	const text = next.toString();
	if (text !== query.value.toString()) go(text ? `${path.value}?${text}` : path.value, options);
}

export function startRouter(): void {
	let shown = location.href;
	addEventListener("popstate", () => {
		if (new URL(shown).pathname !== location.pathname && guard && !guard()) {
			history.pushState(null, "", shown);
			return;
		}
		show();
	});
	place.subscribe(() => (shown = location.href));
	addEventListener("beforeunload", (event) => {
		if (guard) event.preventDefault();
	});
}
