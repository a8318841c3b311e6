import type { ComponentChildren } from "preact";
import { t } from "../i18n";

// How a form or a dialog ends: what is still to know, what gives up, and last what does it.
export function Actions(props: {
	told?: string | false | undefined;
	cancel?: (() => void) | undefined;
	word?: string; // in place of "Cancel"
	children: ComponentChildren;
}) {
	return (
		<div class="form-actions">
			{props.told && <span class="quiet">{props.told}</span>}
			{props.cancel && (
				<button type="button" onClick={props.cancel}>
					{props.word ?? t("shell.cancel")}
				</button>
			)}
			{props.children}
		</div>
	);
}
