// Whether somebody sits there. What a page that was left open asks by itself must not keep a session
// from being idle: it says so to the server ("X-Background").
const CAUSED = 5000; // milliseconds in which what a person did has led to its requests

// Whoever opens the page is there.
let acted = performance.now();

export function startPresence(): void {
	const act = (event: Event) => {
		if (event.isTrusted) acted = performance.now();
	};
	for (const sign of ["pointerdown", "keydown", "click", "input", "popstate"]) {
		addEventListener(sign, act, { capture: true, passive: true });
	}
}

export function isUnattended(): boolean {
	return performance.now() - acted > CAUSED;
}
