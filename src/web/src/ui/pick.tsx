import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { useLoad } from "../load";
import { failureText } from "./failure";

export interface Picked {
	id: string;
	title: string;
	note?: string; // what tells it from others of the same title
}

const WAIT = 200;

// One of however many there are: a field to type into, and below it what the server finds. The keys
// are those of a combobox with a list (ARIA Authoring Practices).
export function Pick(props: {
	label: string;
	hint?: string;
	search: (text: string, signal: AbortSignal) => Promise<Picked[]>;
	take: (one: Picked) => void;
	shown?: string; // stands in the field while nothing is typed: what is chosen now
	disabled?: boolean;
}) {
	const id = useId();
	const [text, setText] = useState("");
	const [asked, setAsked] = useState<string>();
	const [active, setActive] = useState(-1);
	const [open, setOpen] = useState(false);
	const field = useRef<HTMLInputElement>(null);

	useEffect(() => {
		if (!open) return;
		const timer = setTimeout(() => setAsked(text.trim()), text === "" ? 0 : WAIT);
		return () => clearTimeout(timer);
	}, [text, open]);
	const loaded = useLoad(
		async (signal) => (asked === undefined ? [] : await props.search(asked, signal)),
		[asked],
	);
	const waiting = loaded.busy || asked !== text.trim();
	const found = open && !waiting ? (loaded.value ?? []) : [];
	useEffect(() => setActive(-1), [asked, open]);

	function take(one: Picked | undefined) {
		if (!one) return;
		setText("");
		setOpen(false);
		props.take(one);
		field.current?.focus();
	}

	function keys(event: KeyboardEvent) {
		if (event.key === "Escape" && open) {
			event.preventDefault();
			event.stopPropagation();
			setOpen(false);
		} else if (event.key === "Enter" && open && found.length > 0) {
			event.preventDefault();
			take(found[Math.max(0, active)]);
		} else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			const step = event.key === "ArrowDown" ? 1 : -1;
			if (!open) setOpen(true);
			else if (found.length > 0) setActive((active + step + found.length) % found.length);
		}
	}

	const state = !open ? "" : waiting ? t("shell.loading") : found.length === 0 ? t("shell.pick_none") : t("shell.pick_found", { n: found.length });
	return (
		<div class="pick field">
			<label for={id}>{props.label}</label>
			{props.hint && (
				<p class="hint" id={`${id}-hint`}>
					{props.hint}
				</p>
			)}
			<input
				ref={field}
				id={id}
				type="text"
				role="combobox"
				autocomplete="off"
				spellcheck={false}
				disabled={props.disabled}
				placeholder={props.shown}
				value={text}
				aria-autocomplete="list"
				aria-expanded={found.length > 0}
				aria-controls={`${id}-list`}
				aria-activedescendant={found[active] ? `${id}-${active}` : undefined}
				aria-describedby={props.hint ? `${id}-hint` : undefined}
				onInput={(event) => {
					setText(event.currentTarget.value);
					setOpen(true);
				}}
				onFocus={() => setAsked((old) => old ?? "")}
				onClick={() => setOpen(true)}
				onBlur={() => setOpen(false)}
				onKeyDown={keys}
			/>
			<ul id={`${id}-list`} role="listbox" aria-label={props.label} hidden={found.length === 0}>
				{found.map((one, i) => (
					<li
						key={one.id}
						id={`${id}-${i}`}
						role="option"
						aria-selected={i === active}
						// The field keeps the focus: what takes it away closes the list.
						onMouseDown={(event) => event.preventDefault()}
						onClick={() => take(one)}
					>
						{one.title} {one.note && <small>{one.note}</small>}
					</li>
				))}
			</ul>
			<p class={loaded.error && open ? "error" : "hidden"} role="status">
				{loaded.error && open ? failureText(loaded.error) : state}
			</p>
		</div>
	);
}
