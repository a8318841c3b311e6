// What a reader chose for good on this machine: page sizes and columns. Nothing of the company.
export function remembered(name: string): string | null {
	try {
		return localStorage.getItem(`muster.${name}`);
	} catch {
		return null;
	}
}

export function remember(name: string, value: string): void {
	try {
		localStorage.setItem(`muster.${name}`, value);
	} catch {
		// A browser that keeps nothing is asked again.
	}
}
