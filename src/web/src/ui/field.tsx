import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";

export interface Wired {
	id: string;
	"aria-describedby": string | undefined;
	"aria-invalid": true | undefined;
}

interface Told {
	hint?: ComponentChildren;
	error?: string | undefined;
}

export function wire(id: string, { hint, error }: Told): Wired {
	const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
	return { id, "aria-describedby": told || undefined, "aria-invalid": error ? true : undefined };
}

export function Hint(props: { id: string } & Told) {
	return props.hint ? (
		<p class="hint" id={`${props.id}-hint`}>
			{props.hint}
		</p>
	) : null;
}

export function Wrong(props: { id: string } & Told) {
	return props.error ? (
		<p class="error" id={`${props.id}-error`}>
			{props.error}
		</p>
	) : null;
}

// A label, a hint and an error around any control; the control takes what it is handed.
export function Field(
	props: Told & { label: string; required?: boolean; control: (wired: Wired) => ComponentChildren },
) {
	const id = useId();
	return (
		<div class={props.error ? "field wrong" : "field"}>
			<label for={id}>
				{props.label}
				{props.required === false && <span class="quiet"> {t("shell.optional")}</span>}
			</label>
			<Hint id={id} hint={props.hint} />
			{props.control(wire(id, props))}
			<Wrong id={id} error={props.error} />
		</div>
	);
}
