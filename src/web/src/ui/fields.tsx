import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Failure } from "./failure";
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
			noValidate={false}
			onSubmit={(event) => {
				event.preventDefault();
				void form.submit();
			}}
		>
			{props.children}
			{form.failure && <Failure error={form.failure} />}
			{form.overtaken && (props.overtaken ?? <Failure error={form.overtaken} />)}
			<div class="form-actions">
				<button
					type="submit"
					class={props.danger ? "danger" : "primary"}
					disabled={form.busy || (!props.always && !form.dirty)}
				>
					{props.submit}
				</button>
				{props.cancel && (
					<button type="button" onClick={props.cancel}>
						{t("shell.cancel")}
					</button>
				)}
				{form.dirty && !props.always && <span class="quiet">{t("shell.form_dirty")}</span>}
			</div>
		</form>
	);
}

interface Wired {
	id: string;
	"aria-describedby": string | undefined;
	"aria-invalid": true | undefined;
}

// A label, a hint and an error around any control; the control takes what it is handed.
export function Field(props: {
	label: string;
	hint?: ComponentChildren;
	error?: string | undefined;
	required?: boolean;
	control: (wired: Wired) => ComponentChildren;
}) {
	const id = useId();
	const told = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(" ");
	return (
		<div class={props.error ? "field wrong" : "field"}>
			<label for={id}>
				{props.label}
				{props.required === false && <span class="quiet"> {t("shell.optional")}</span>}
			</label>
			{props.hint && (
				<p class="hint" id={`${id}-hint`}>
					{props.hint}
				</p>
			)}
			{props.control({ id, "aria-describedby": told || undefined, "aria-invalid": props.error ? true : undefined })}
			{props.error && (
				<p class="error" id={`${id}-error`}>
					{props.error}
				</p>
			)}
		</div>
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

export function TextField<T extends object>(
	props: Common<T, string> & { type?: "text" | "email" | "tel" | "url" | "password" | "date" | "time"; autocomplete?: string; placeholder?: string; maxLength?: number },
) {
	const { form, name, label, hint, required, type, ...rest } = props;
	return (
		<Field
			label={label}
			hint={hint}
			required={required}
			error={form.errors[name]}
			control={(wired) => (
				<input
					{...wired}
					{...rest}
					// One of a list of roles by its type, for the checker: which one makes no difference here.
					type={type as "text"}
					name={name}
					required={required}
					value={textOf(form, name)}
					onInput={(event) => put(form, name, event.currentTarget.value)}
				/>
			)}
		/>
	);
}

export function AreaField<T extends object>(props: Common<T, string> & { rows?: number }) {
	const { form, name, label, hint, required, rows, disabled } = props;
	return (
		<Field
			label={label}
			hint={hint}
			required={required}
			error={form.errors[name]}
			control={(wired) => (
				<textarea
					{...wired}
					name={name}
					rows={rows ?? 4}
					required={required}
					disabled={disabled}
					value={textOf(form, name)}
					onInput={(event) => put(form, name, event.currentTarget.value)}
				/>
			)}
		/>
	);
}

// An empty one is null.
export function NumberField<T extends object>(props: Common<T, number> & { min?: number; max?: number; unit?: string }) {
	const { form, name, label, hint, required, min, max, unit, disabled } = props;
	return (
		<Field
			label={unit ? `${label} (${unit})` : label}
			hint={hint}
			required={required}
			error={form.errors[name]}
			control={(wired) => (
				<input
					{...wired}
					type="number"
					inputMode="numeric"
					name={name}
					min={min}
					max={max}
					required={required}
					disabled={disabled}
					value={textOf(form, name)}
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
	const { form, name, label, hint, required, options, disabled } = props;
	return (
		<Field
			label={label}
			hint={hint}
			required={required}
			error={form.errors[name]}
			control={(wired) => (
				<select
					{...wired}
					name={name}
					disabled={disabled}
					value={textOf(form, name)}
					onChange={(event) => put(form, name, event.currentTarget.value)}
				>
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
	const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
	return (
		<div class={error ? "field check wrong" : "field check"}>
			<input
				id={id}
				type="checkbox"
				name={name}
				disabled={disabled}
				aria-describedby={told || undefined}
				aria-invalid={error ? true : undefined}
				checked={Boolean(form.values[name as keyof T])}
				onChange={(event) => put(form, name, event.currentTarget.checked)}
			/>
			<label for={id}>{label}</label>
			{hint && (
				<p class="hint" id={`${id}-hint`}>
					{hint}
				</p>
			)}
			{error && (
				<p class="error" id={`${id}-error`}>
					{error}
				</p>
			)}
		</div>
	);
}
