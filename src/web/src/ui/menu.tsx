import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { Link } from "./link";

// A button with a list of things to do; the browser's own popover, closed by Escape or a step aside.
export function Menu(props: { label: ComponentChildren; title?: string; class?: string; children: ComponentChildren }) {
	const id = useId();
	const button = useRef<HTMLButtonElement>(null);
	const list = useRef<HTMLDivElement>(null);

	function place() {
		const anchor = button.current?.getBoundingClientRect();
		const panel = list.current;
		if (!anchor || !panel) return;
		const room = document.documentElement.clientWidth;
		panel.style.top = `${anchor.bottom + 4}px`;
		panel.style.left = `${Math.max(8, Math.min(anchor.left, room - panel.offsetWidth - 8))}px`;
	}

	function move(event: KeyboardEvent) {
		const items = [...(list.current?.querySelectorAll<HTMLElement>("a, button, input") ?? [])];
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || items.length === 0) return;
		event.preventDefault();
		const at = items.indexOf(document.activeElement as HTMLElement);
		items[(at + step + items.length) % items.length]?.focus();
	}

	return (
		<>
			<button
				ref={button}
				type="button"
				class={props.class}
				popovertarget={id}
				title={props.title}
				aria-label={props.title}
			>
				{props.label}
			</button>
			<div
				ref={list}
				id={id}
				popover="auto"
				class="menu"
				onKeyDown={move}
				onClick={(event) => {
					if ((event.target as HTMLElement).closest("a, button")) list.current?.hidePopover();
				}}
				onToggle={(event) => {
					if ((event as ToggleEvent).newState !== "open") return;
					place();
					list.current?.querySelector<HTMLElement>("a, button, input")?.focus();
				}}
			>
				{props.children}
			</div>
		</>
	);
}

export function MenuItem(props: { run: () => void; danger?: boolean; disabled?: boolean; children: ComponentChildren }) {
	return (
		<button type="button" class={props.danger ? "danger" : undefined} disabled={props.disabled} onClick={props.run}>
			{props.children}
		</button>
	);
}

export function MenuLink(props: { to: string; within?: string | null; children: ComponentChildren }) {
	return (
		<Link to={props.to} within={props.within}>
			{props.children}
		</Link>
	);
}
