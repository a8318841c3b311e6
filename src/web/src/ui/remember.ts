// What a reader chose for good on this machine: page sizes, columns, views. Nothing of the company. Who
// is signed in has an own choice; the language is also known before.
import { session } from "../session";

function keyOf(name: string): string {
	const id = name === "language" ? undefined : session.peek()?.id;
	return id === undefined ? `muster.${name}` : `muster.${id}.${name}`;
}

export function remembered(name: string): string | null {
	try {
		return localStorage.getItem(keyOf(name));
	} catch {
		return null;
	}
}

export function remember(name: string, value: string): void {
	try {
		localStorage.setItem(keyOf(name), value);
	} catch {
		// A browser that keeps nothing is asked again.
	}
}
