import { signal } from "@preact/signals";
import { t } from "../i18n";
import { Dialog } from "./dialog";

export const keysShown = signal(false);

const keys: [string, Parameters<typeof t>[0]][] = [
	["j / ↓", "shell.key_next"],
	["k / ↑", "shell.key_previous"],
	["x", "shell.key_select"],
	["Enter", "shell.key_open"],
	["/", "shell.key_search"],
	["Escape", "shell.key_close"],
	["?", "shell.key_help"],
];

// The keys, which are heard only while the focus is in a table (WCAG 2.1.4).
export function Keys() {
	if (!keysShown.value) return null;
	return (
		<Dialog title={t("shell.keys_title")} close={() => (keysShown.value = false)}>
			<p>{t("shell.keys_lead")}</p>
			<dl class="keys">
				{keys.map(([key, text]) => (
					<div key={key}>
						<dt>
							<kbd>{key}</kbd>
						</dt>
						<dd>{t(text)}</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}
