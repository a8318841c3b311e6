import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../api";
import { t } from "../i18n";
import { asApiError } from "../load";
import { Actions } from "./actions";
import { Failure } from "./failure";

// A native dialog over the page, there while it is rendered; the focus goes back to where it was.
// `close` absent: it cannot be put away.
export function Dialog(props: {
	title: string;
	close?: () => void;
	wide?: boolean;
	children: ComponentChildren;
}) {
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();
	// A passive effect would end only after the dialog is gone, and the focus be on the page meanwhile.
	useLayoutEffect(() => {
		const before = document.activeElement as HTMLElement | null;
		const element = dialog.current;
		element?.showModal();
		return () => {
			element?.close();
			before?.focus?.();
		};
	}, []);
	// What is being typed goes when that is meant.
	const typed = () => dialog.current?.querySelector("form[data-dirty]");
	const leave = () => {
		if (!typed() || confirm(t("shell.form_leave"))) props.close?.();
	};
	return (
		<dialog
			ref={dialog}
			class={props.wide ? "wide" : undefined}
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				leave();
			}}
			// Escape often enough in a row closes it whatever we say.
			onClose={({ currentTarget }) => {
				if (!currentTarget.isConnected) return;
				if (props.close && !typed()) props.close();
				else currentTarget.showModal();
			}}
		>
			<header class="dialog-head">
				<h2 id={id}>{props.title}</h2>
				{props.close && (
					<button type="button" class="plain" onClick={leave} aria-label={t("shell.close")}>
						✕
					</button>
				)}
			</header>
			{props.children}
		</dialog>
	);
}

// Says what will happen and makes sure that it is meant; with `typed`, by that word. A failure stays
// here, beside the button.
export function ConfirmDialog(props: {
	title: string;
	confirm: string; // on the button: what is done, "Delete 20 people"
	danger?: boolean;
	typed?: string;
	run: () => Promise<void>; // the dialog closes itself when it is done
	close: () => void;
	children: ComponentChildren;
}) {
	const [word, setWord] = useState("");
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();
	const id = useId();

	async function submit(event: Event) {
		event.preventDefault();
		if (busy) return;
		setBusy(true);
		setError(undefined);
		try {
			await props.run();
			props.close();
		} catch (reason) {
			setError(asApiError(reason));
			setBusy(false);
		}
	}

	return (
		<Dialog title={props.title} close={props.close}>
			<form onSubmit={submit}>
				{props.children}
				{props.typed !== undefined && (
					<div class="field">
						<label for={id}>{t("shell.type_to_confirm", { word: props.typed })}</label>
						<input
							id={id}
							value={word}
							autocomplete="off"
							spellcheck={false}
							onInput={(event) => setWord(event.currentTarget.value)}
						/>
					</div>
				)}
				{error && <Failure error={error} />}
				<Actions cancel={props.close}>
					<button
						type="submit"
						class={props.danger ? "danger" : "primary"}
						aria-disabled={busy || undefined}
						disabled={props.typed !== undefined && word !== props.typed}
					>
						{props.confirm}
					</button>
				</Actions>
			</form>
		</Dialog>
	);
}
