import type { ComponentChildren } from "preact";
import { go, href } from "../router";

// A place in the console. `within`: in another company, null: in one's own. `left`: what is closed
// when it leads to another part of the page that is shown.
export function Link(props: {
	to: string;
	within?: string | null;
	class?: string;
	current?: boolean;
	left?: () => void;
	children: ComponentChildren;
}) {
	const { to, within } = props;
	return (
		<a
			href={within === undefined ? href(to) : href(to, within)}
			class={props.class}
			aria-current={props.current ? "page" : undefined}
			onClick={(event) => {
				if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
				event.preventDefault();
				props.left?.();
				go(to, within === undefined ? {} : { within });
			}}
		>
			{props.children}
		</a>
	);
}
