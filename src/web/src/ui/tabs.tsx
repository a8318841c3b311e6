import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { query, setQuery } from "../router";

// Tabs whose choice is in the address ("tab"); the arrows go from one to the next.
export function Tabs(props: {
	label: string;
	tabs: { name: string; title: string; show: () => ComponentChildren }[];
}) {
	const id = useId();
	const list = useRef<HTMLDivElement>(null);
	const wanted = query.value.get("tab");
	const chosen = Math.max(0, props.tabs.findIndex((tab) => tab.name === wanted));

	function choose(at: number) {
		const next = (at + props.tabs.length) % props.tabs.length;
		// What pages and sorts the list of one tab means nothing in another.
		setQuery({ cursor: null, sort: null, order: null, tab: next === 0 ? null : (props.tabs[next]?.name ?? null) }, { replace: true });
		list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
	}

	function keys(event: KeyboardEvent) {
		const to = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: props.tabs.length - 1 }[event.key];
		if (to === undefined) return;
		event.preventDefault();
		choose(to);
	}

	return (
		<>
			<div ref={list} role="tablist" aria-label={props.label} class="tabs" onKeyDown={keys}>
				{props.tabs.map((tab, i) => (
					<button
						key={tab.name}
						type="button"
						role="tab"
						id={`${id}-tab-${i}`}
						aria-selected={i === chosen}
						aria-controls={`${id}-panel`}
						tabIndex={i === chosen ? 0 : -1}
						onClick={() => choose(i)}
					>
						{tab.title}
					</button>
				))}
			</div>
			<div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${chosen}`} key={chosen}>
				{props.tabs[chosen]?.show()}
			</div>
		</>
	);
}
