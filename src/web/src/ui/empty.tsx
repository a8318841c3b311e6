import type { ComponentChildren } from "preact";

// Nothing to show, and why: `kind` is "new" (never set up: what it is, and the first thing to do),
// "none" (nothing found: which filters, and a way to clear them) or "done" (all is well: since when).
export function Empty(props: {
	kind: "new" | "none" | "done";
	title: string;
	children?: ComponentChildren;
	action?: ComponentChildren;
}) {
	const signs = { new: "+", none: "∅", done: "✓" };
	return (
		<div class={`empty ${props.kind}`}>
			<span class="sign" aria-hidden="true">
				{signs[props.kind]}
			</span>
			<p class="title">{props.title}</p>
			{props.children && <div class="lead">{props.children}</div>}
			{props.action && <div class="actions">{props.action}</div>}
		</div>
	);
}
