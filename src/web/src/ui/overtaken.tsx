import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError, Tagged } from "../api";
import { t } from "../i18n";
import { asApiError } from "../load";
import { Changed } from "./changed";
import { Failure } from "./failure";
import type { FormState } from "./form";

// The `overtaken` of a Form whose values are one thing of the API with an ETag: what it is by now is
// fetched and shown beside what was typed. `take` is told the values that the form goes on with.
export function Overtaken<T extends object>(props: {
	form: FormState<T>;
	load: () => Promise<Tagged<T>>;
	labels: Partial<Record<keyof T & string, string>>;
	retag: (tag: string | null) => void; // the tag that the next save sends
}) {
	const { form, labels } = props;
	const [theirs, setTheirs] = useState<Tagged<T>>();
	const [error, setError] = useState<ApiError>();
	const [again, setAgain] = useState(0);

	useEffect(() => {
		let left = false;
		setError(undefined);
		props.load().then(
			(now) => left || setTheirs(now),
			(reason: unknown) => left || setError(asApiError(reason)),
		);
		return () => {
			left = true;
		};
	}, [form.overtaken, again]);

	if (error) return <Failure error={error} retry={() => setAgain(again + 1)} />;
	if (!theirs) return <p class="waiting">{t("shell.loading")}</p>;
	return (
		<Changed
			mine={form.values}
			theirs={theirs.value}
			labels={labels}
			keep={() => {
				props.retag(theirs.tag);
				void form.submit();
			}}
			take={() => {
				props.retag(theirs.tag);
				form.reset(theirs.value);
			}}
		/>
	);
}

// The tag that a save of the form sends: of the state that the form began with. What is changed by
// somebody else is taken over while nothing is typed, else told when it is saved.
export function useTag<T extends object>(form: FormState<T>, now: Tagged<T>): { current: string | null } {
	const tag = useRef(now.tag);
	useEffect(() => {
		if (form.dirty || tag.current === now.tag) return;
		tag.current = now.tag;
		form.reset(now.value);
	}, [now.tag, form.dirty]);
	return tag;
}
