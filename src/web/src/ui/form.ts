// What is being typed: values by the API's own names, the errors at them, and what has become of
// sending them. Nothing typed is lost by an error.
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError } from "../api";
import { t } from "../i18n";
import { asApiError } from "../load";
import { setGuard } from "../router";
import { saidOf } from "./failure";

export interface FormState<T extends object> {
	values: T;
	set<K extends keyof T>(name: K, value: T[K]): void;
	changed(): Partial<T>; // what differs from what it began with: what a PATCH says
	dirty: boolean;
	busy: boolean;
	errors: Record<string, string>; // by name of value
	failure: ApiError | undefined; // what names no field of the form
	overtaken: ApiError | undefined; // 409 or 412: somebody else was faster
	submit(): Promise<void>;
	reset(to?: T): void; // begins anew, with these values or those of the begin
}

// "userName", "user-name" and "emails[type eq ...]" of the API are a form's user_name and emails.
export function nameOf(attribute: string): string {
	const plain = attribute.split(":").pop() ?? attribute;
	const [first = ""] = plain.split(/[.[]/);
	return first.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll("-", "_").toLowerCase();
}

function equal(a: unknown, b: unknown): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}

export function useForm<T extends object>(begin: T, save: (values: T, changed: Partial<T>) => Promise<void>): FormState<T> {
	const [start, setStart] = useState(begin);
	const [values, setValues] = useState(begin);
	const [busy, setBusy] = useState(false);
	const [errors, setErrors] = useState<Record<string, string>>({});
	const [failure, setFailure] = useState<ApiError>();
	const [overtaken, setOvertaken] = useState<ApiError>();
	const dirty = !equal(start, values);
	const guarded = useRef(false);
	// What is being saved is no reason to be asked on leaving.
	const saving = useRef(false);
	guarded.current = dirty && !saving.current;

	useEffect(() => {
		if (!dirty) return;
		setGuard(() => !guarded.current || confirm(t("shell.form_leave")));
		return () => setGuard(null);
	}, [dirty]);

	function changed(): Partial<T> {
		const found: Partial<T> = {};
		for (const name of Object.keys(values) as (keyof T)[]) {
			if (!equal(values[name], start[name])) found[name] = values[name];
		}
		return found;
	}

	function tell(error: ApiError) {
		const name = nameOf(error.attribute);
		// The attribute of a 412 is the revision, which no form has a field for.
		if (error.status === 412 || (error.status === 409 && error.attribute === "")) setOvertaken(error);
		else if (name in values) setErrors({ [name]: saidOf(error) });
		else setFailure(error);
	}

	return {
		values,
		set: (name, value) => {
			setValues((old) => ({ ...old, [name]: value }));
			setErrors(({ [name as string]: _, ...others }) => others);
		},
		changed,
		dirty,
		busy,
		errors,
		failure,
		overtaken,
		submit: async () => {
			setBusy(true);
			setErrors({});
			setFailure(undefined);
			setOvertaken(undefined);
			try {
				saving.current = true;
				guarded.current = false;
				await save(values, changed());
				setStart(values);
			} catch (reason) {
				guarded.current = true;
				tell(asApiError(reason));
			} finally {
				saving.current = false;
				setBusy(false);
			}
		},
		reset: (to = start) => {
			guarded.current = false; // whoever goes on at once is not asked either
			setStart(to);
			setValues(to);
			setErrors({});
			setFailure(undefined);
			setOvertaken(undefined);
		},
	};
}
