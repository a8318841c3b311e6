import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../api";
import { t } from "../i18n";
import { path, steps } from "../router";
import { Failure } from "./failure";

let focused = 0; // after which step; the first page does not take the focus from the address bar

// The whole of a screen. The heading has the focus after a step to another place, so that whoever
// reads by ear or by keys begins there.
export function Page(props: {
	title: string;
	lead?: ComponentChildren;
	actions?: ComponentChildren;
	back?: ComponentChildren; // a <Link> to the list that this is of
	children: ComponentChildren;
}) {
	const heading = useRef<HTMLHeadingElement>(null);
	useEffect(() => {
		document.title = `${props.title} · Muster`;
	}, [props.title]);
	useEffect(() => {
		if (focused === steps) return;
		focused = steps;
		heading.current?.focus();
		scrollTo(0, 0);
	}, [path.value]);
	return (
		<div class="page">
			{props.back && <p class="back">{props.back}</p>}
			<header class="page-head">
				<h1 ref={heading} tabIndex={-1}>
					{props.title}
				</h1>
				{props.actions && <div class="actions">{props.actions}</div>}
				{props.lead && <div class="lead">{props.lead}</div>}
			</header>
			{props.children}
		</div>
	);
}

let sections = 0;

export function Section(props: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
	const id = useRef(`section-${++sections}`).current;
	return (
		<section class="section" aria-labelledby={id}>
			<header class="section-head">
				<h2 id={id}>{props.title}</h2>
				{props.actions && <div class="actions">{props.actions}</div>}
			</header>
			{props.children}
		</section>
	);
}

// What is loaded, once it is there; that it could not be, with a retry, beside the last that was.
export function Shown<T>(props: {
	of: { value: T | undefined; error: ApiError | undefined; busy: boolean; reload(): void };
	children: (value: T) => ComponentChildren;
}) {
	const { value, error, busy, reload } = props.of;
	return (
		<>
			{error && <Failure error={error} retry={reload} />}
			{value !== undefined ? (
				<div class={error ? "shown stale" : "shown"}>{props.children(value)}</div>
			) : busy ? (
				<p class="waiting" aria-busy="true">
					{t("shell.loading")}
				</p>
			) : null}
		</>
	);
}

// Facts side by side: <Facts><Fact name="State">…</Fact></Facts>.
export function Facts(props: { children: ComponentChildren }) {
	return <dl class="facts">{props.children}</dl>;
}

export function Fact(props: { name: string; children: ComponentChildren }) {
	return (
		<div>
			<dt>{props.name}</dt>
			<dd>{props.children}</dd>
		</div>
	);
}
