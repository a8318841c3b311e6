// The focus is never lost: when what has it goes, as a row that was deleted, or can be used no more, as
// a button that has done its work, it goes to the heading of the page, or into the dialog above it.
export function startFocus(): void {
	let last: Element | null = null;
	document.addEventListener("focusin", (event) => {
		last = event.target as Element;
	});
	document.addEventListener("focusout", (event) => {
		const left = event.target as Element;
		// Whoever steps aside has left it; what is taken away is so by then.
		setTimeout(() => {
			if (last === left && left.isConnected && !left.matches(":disabled")) last = null;
		});
	});
	new MutationObserver(() => {
		if (!last || (last.isConnected && !last.matches(":disabled"))) return;
		const now = document.activeElement;
		if (now && now !== document.body && now !== last) return;
		const above = document.querySelector("dialog[open]");
		const next = above
			? above.querySelector<HTMLElement>("input:enabled, select:enabled, textarea:enabled, button:enabled")
			: document.querySelector<HTMLElement>("main h1");
		next?.focus({ preventScroll: true });
	}).observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
}
