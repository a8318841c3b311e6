import type { ComponentChildren } from "preact";

// Around a table that may be wider than the page: it is moved by keys too.
export function Scroll(props: { label: string; children: ComponentChildren }) {
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={props.label}>
			{props.children}
		</div>
	);
}
