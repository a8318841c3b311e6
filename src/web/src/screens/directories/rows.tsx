import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { t } from "../../i18n";
import { Scroll, useNarrow } from "../../ui";
import "../../style/lists.css";

// A list of rows that are typed in columns; the last word is a button to add one. Its error stands
// above the rows, as the API names only the list.
export function RowsField(props: {
	title: string;
	hint: ComponentChildren;
	error?: string | undefined;
	heads: readonly string[];
	rows: readonly string[];
	change: (rows: string[]) => void;
	fresh: string; // what a new row holds
	cells: (row: string, put: (row: string) => void, label: (head: number) => string) => readonly ComponentChildren[];
}) {
	const id = useId();
	const body = useRef<HTMLTableSectionElement>(null);
	const { rows, change } = props;
	const cards = useNarrow();
	// What is laid out as cards is a table only by what it says of itself.
	const as = <Role extends string>(role: Role) => (cards ? role : undefined);
	const put = (at: number, row: string) => change(rows.map((old, i) => (i === at ? row : old)));

	function add() {
		change([...rows, props.fresh]);
		// The row is there after the next drawing.
		requestAnimationFrame(() => {
			const last = body.current?.lastElementChild;
			last?.querySelector<HTMLElement>("input, select")?.focus();
		});
	}

	return (
		<fieldset class={props.error ? "rows wrong" : "rows"} aria-describedby={`${id}-hint`}>
			<legend>{props.title}</legend>
			<p class="hint" id={`${id}-hint`}>
				{props.hint}
			</p>
			{props.error && (
				<p class="error" role="alert">
					{props.error}
				</p>
			)}
			{rows.length > 0 && (
				<div class={cards ? "as-cards" : undefined}>
					<Scroll label={props.title}>
						<table role={as("table")}>
							<caption class="hidden">{props.title}</caption>
							<thead role={as("rowgroup")}>
								<tr role={as("row")}>
									{props.heads.map((head) => (
										<th key={head} role={as("columnheader")} scope="col">
											{head}
										</th>
									))}
									<th role={as("columnheader")} scope="col">
										<span class="hidden">{t("directories.row_actions")}</span>
									</th>
								</tr>
							</thead>
							<tbody role={as("rowgroup")} ref={body}>
								{rows.map((row, at) => (
									<tr key={at} role={as("row")} data-row={at}>
										{props
											.cells(
												row,
												(next) => put(at, next),
												(head) => t("directories.row_label", { column: props.heads[head] ?? "", n: at + 1 }),
											)
											.map((cell, i) => (
												<td key={i} role={as("cell")} data-title={props.heads[i]}>
													{cell}
												</td>
											))}
										<td role={as("cell")}>
											<button
												type="button"
												class="plain"
												aria-label={t("directories.row_remove_n", { n: at + 1 })}
												onClick={() => change(rows.filter((_, i) => i !== at))}
											>
												{t("directories.row_remove")}
											</button>
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</Scroll>
				</div>
			)}
			<p>
				<button type="button" onClick={add}>
					{t("directories.row_add")}
				</button>
			</p>
		</fieldset>
	);
}

export function Input(props: {
	label: string;
	value: string;
	put: (value: string) => void;
	list?: string;
	wrong?: boolean;
}) {
	return (
		<input
			aria-label={props.label}
			aria-invalid={props.wrong ? true : undefined}
			value={props.value}
			list={props.list}
			spellcheck={false}
			onInput={(event) => props.put(event.currentTarget.value)}
		/>
	);
}

export function Choice(props: {
	label: string;
	value: string;
	put: (value: string) => void;
	options: readonly { value: string; title: string }[];
}) {
	return (
		<select
			aria-label={props.label}
			value={props.value}
			onChange={(event) => props.put(event.currentTarget.value)}
		>
			{props.options.map((option) => (
				<option key={option.value} value={option.value}>
					{option.title}
				</option>
			))}
		</select>
	);
}

export function Suggestions(props: { id: string; of: readonly string[] }) {
	return (
		<datalist id={props.id}>
			{props.of.map((one) => (
				<option key={one} value={one} />
			))}
		</datalist>
	);
}
