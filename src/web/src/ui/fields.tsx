import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Actions } from "./actions";
import { Failure } from "./failure";
import { Field, Hint, wire, type Wired, Wrong } from "./field";
import type { FormState } from "./form";

// The form itself: its fields, what failed, and its buttons. The first field with an error gets the
// focus. `overtaken` is shown when somebody else was faster: a <Changed>.
export function Form<T extends object>(props: {
	form: FormState<T>;
	submit: string;
	danger?: boolean;
	cancel?: () => void;
	overtaken?: ComponentChildren;
	always?: boolean; // may be sent without a change, as when something is created
	children: ComponentChildren;
}) {
	const { form } = props;
	const element = useRef<HTMLFormElement>(null);
	useEffect(() => {
		element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
	}, [form.errors]);
	return (
		<form
			ref={element}
			class="form"
			data-dirty={form.dirty || undefined}
			noValidate={false}
			onSubmit={(event) => {
				event.preventDefault();
				if (!form.busy) void form.submit();
			}}
		>
			{props.children}
			{form.failure && <Failure error={form.failure} />}
			{form.overtaken && (props.overtaken ?? <Failure error={form.overtaken} />)}
			<Actions cancel={props.cancel} told={form.dirty && !props.always && t("shell.form_dirty")}>
				<button
					type="submit"
					class={props.danger ? "danger" : "primary"}
					// A button that is disabled while it works loses the focus.
					aria-disabled={form.busy || undefined}
					disabled={!props.always && !form.dirty}
				>
					{props.submit}
				</button>
			</Actions>
		</form>
	);
}

// The names of a form's values that are of one type; null is "not said".
type Named<T, V> = { [K in keyof T]-?: T[K] extends V | null | undefined ? K : never }[keyof T] & string;

interface Common<T extends object, V> {
	form: FormState<T>;
	name: Named<T, V>;
	label: string;
	hint?: ComponentChildren;
	required?: boolean;
	disabled?: boolean;
}

function put<T extends object>(form: FormState<T>, name: string, value: unknown): void {
	form.set(name as keyof T, value as T[keyof T]);
}

function textOf<T extends object>(form: FormState<T>, name: string): string {
	const value = form.values[name as keyof T] as unknown;
	return value === null || value === undefined ? "" : String(value);
}

interface Control extends Wired {
	name: string;
	disabled: boolean | undefined;
	value: string;
}

// The field of one of the form's values.
function Valued<T extends object, V>(props: {
	of: Common<T, V>;
	label?: string;
	control: (control: Control) => ComponentChildren;
}) {
	const { form, name, label, hint, required, disabled } = props.of;
	return (
		<Field
			label={props.label ?? label}
			hint={hint}
			required={required}
			error={form.errors[name]}
			control={(wired) => props.control({ ...wired, name, disabled, value: textOf(form, name) })}
		/>
	);
}

export function TextField<T extends object>(
	props: Common<T, string> & { type?: "text" | "email" | "tel" | "url" | "password" | "date" | "time"; autocomplete?: string; placeholder?: string; maxLength?: number },
) {
	const { form, name, required, type, autocomplete, placeholder, maxLength } = props;
	return (
		<Valued
			of={props}
			control={(control) => (
				<input
					{...control}
					{...{ autocomplete, placeholder, maxLength }}
					// One of a list of roles by its type, for the checker: which one makes no difference here.
					type={type as "text"}
					required={required}
					onInput={(event) => put(form, name, event.currentTarget.value)}
				/>
			)}
		/>
	);
}

export function AreaField<T extends object>(props: Common<T, string> & { rows?: number }) {
	const { form, name, required, rows } = props;
	return (
		<Valued
			of={props}
			control={(control) => (
				<textarea
					{...control}
					rows={rows ?? 4}
					required={required}
					onInput={(event) => put(form, name, event.currentTarget.value)}
				/>
			)}
		/>
	);
}

// An empty one is null.
export function NumberField<T extends object>(props: Common<T, number> & { min?: number; max?: number; unit?: string }) {
	const { form, name, label, required, min, max, unit } = props;
	return (
		<Valued
			of={props}
			label={unit ? `${label} (${unit})` : label}
			control={(control) => (
				<input
					{...control}
					type="number"
					inputMode="numeric"
					min={min}
					max={max}
					required={required}
					onInput={(event) => {
						const { value, valueAsNumber } = event.currentTarget;
						put(form, name, value === "" || Number.isNaN(valueAsNumber) ? null : valueAsNumber);
					}}
				/>
			)}
		/>
	);
}

export function SelectField<T extends object>(
	props: Common<T, string> & { options: readonly { value: string; title: string }[] },
) {
	const { form, name, options } = props;
	return (
		<Valued
			of={props}
			control={(control) => (
				<select {...control} onChange={(event) => put(form, name, event.currentTarget.value)}>
					{options.map((option) => (
						<option key={option.value} value={option.value}>
							{option.title}
						</option>
					))}
				</select>
			)}
		/>
	);
}

export function CheckField<T extends object>(props: Common<T, boolean>) {
	const { form, name, label, hint, disabled } = props;
	const id = useId();
	const error = form.errors[name];
	return (
		<div class={error ? "field check wrong" : "field check"}>
			<input
				{...wire(id, { hint, error })}
				type="checkbox"
				name={name}
				disabled={disabled}
				checked={Boolean(form.values[name as keyof T])}
				onChange={(event) => put(form, name, event.currentTarget.checked)}
			/>
			<label for={id}>{label}</label>
			<Hint id={id} hint={hint} />
			<Wrong id={id} error={error} />
		</div>
	);
}
