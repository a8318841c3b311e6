import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Actions } from "./actions";
import { Dialog } from "./dialog";
import { announce } from "./say";

// What the server tells once and never again: to be copied now.
export function Secret(props: { label: string; value: string }) {
	const [copied, setCopied] = useState<boolean>();
	async function copy() {
		const done = await navigator.clipboard.writeText(props.value).then(
			() => true,
			() => false,
		);
		setCopied(done);
		announce(t(done ? "shell.copied" : "shell.copy_failed"));
	}
	return (
		<div class="secret">
			<p>
				<strong>{props.label}</strong>
			</p>
			<code tabIndex={0} role="group" aria-label={props.label}>
				{props.value}
			</code>
			<div class="actions">
				<button type="button" onClick={() => void copy()}>
					{t("shell.copy")}
				</button>
				{copied !== undefined && <span class="quiet">{t(copied ? "shell.copied" : "shell.copy_failed")}</span>}
			</div>
		</div>
	);
}

// The dialog that it is told in. `kept` is on the button of whoever has it now.
export function SecretDialog(props: {
	title: string;
	lead: string;
	label: string;
	value: string;
	kept: string;
	close: () => void;
	stays?: boolean; // only the button closes it
	children?: ComponentChildren;
}) {
	return (
		<Dialog title={props.title} {...(props.stays ? {} : { close: props.close })}>
			<p>{props.lead}</p>
			<Secret label={props.label} value={props.value} />
			{props.children}
			<Actions>
				<button type="button" class="primary" onClick={props.close}>
					{props.kept}
				</button>
			</Actions>
		</Dialog>
	);
}
