// One polite region for the whole page, and short notes of what has been done.
import { signal } from "@preact/signals";
import type { Tone } from "./badge";
import { t } from "../i18n";

const said = signal("");
const toasts = signal<{ id: number; text: string; tone: Tone }[]>([]);
let last = 0;
const SHOWN = 8000;

export function announce(text: string): void {
	// The same words twice are told twice.
	said.value = said.value === text ? `${text}\u00a0` : text;
}

// A failure stays until it is put away: nobody at the table has to be quick.
export function toast(text: string, tone: Tone = "good"): void {
	const id = ++last;
	toasts.value = [...toasts.value, { id, text, tone }];
	announce(text);
	if (tone !== "bad") setTimeout(() => drop(id), SHOWN);
}

function drop(id: number): void {
	toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Said() {
	return (
		<>
			<div class="hidden" role="status" aria-live="polite">
				{said.value}
			</div>
			<div class="toasts">
				{toasts.value.map((one) => (
					<div key={one.id} class={`toast ${one.tone}`}>
						<span>{one.text}</span>
						<button type="button" class="plain" onClick={() => drop(one.id)} aria-label={t("shell.close")}>
							✕
						</button>
					</div>
				))}
			</div>
		</>
	);
}
