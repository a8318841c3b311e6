import type { ComponentChildren } from "preact";

export type Tone = "good" | "warn" | "bad" | "info" | "quiet";
const signs: Record<Tone, string> = { good: "✓", warn: "!", bad: "✕", info: "→", quiet: "·" };

// A state in a word; the sign and the word say it, the colour only helps.
export function Badge(props: { tone: Tone; children: ComponentChildren }) {
	return (
		<span class={`badge ${props.tone}`}>
			<span aria-hidden="true">{signs[props.tone]}</span>
			{props.children}
		</span>
	);
}
