import type { ComponentChildren } from "preact";

// What only some want to read, behind its title.
export function Fold(props: { title: string; open?: boolean; children: ComponentChildren }) {
	return (
		<details class="fold" open={props.open}>
			<summary>{props.title}</summary>
			{props.children}
		</details>
	);
}
