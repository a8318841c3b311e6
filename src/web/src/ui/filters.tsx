import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { query, setQuery } from "../router";
import "../style/lists.css";

// What a list can be narrowed by: with options a choice, with `control` something of the screen's own,
// without either a text to type.
export interface Filter {
	name: string; // in the address
	title: string;
	options?: readonly { value: string; title: string }[];
	control?: (value: string | undefined, set: (value: string | null) => void) => ComponentChildren;
	titleOf?: (value: string) => string; // what a value is called, where no option says so
}

export function valueTitle(filter: Filter | undefined, value: string): string {
	return filter?.options?.find((option) => option.value === value)?.title ?? filter?.titleOf?.(value) ?? value;
}

const WAIT = 250;

// The filters that the address holds, by name; what is absent does not filter.
export function filtersOf(filters: readonly Filter[]): Record<string, string> {
	const found: Record<string, string> = {};
	for (const { name } of filters) {
		const value = query.value.get(name);
		if (value) found[name] = value;
	}
	return found;
}

// A change begins the list anew.
function narrow(change: Record<string, string | null>, replace: boolean) {
	setQuery({ ...change, cursor: null }, { replace });
}

function Search(props: { filter: Filter }) {
	const { name, title } = props.filter;
	const id = useId();
	const shown = query.value.get(name) ?? "";
	const [text, setText] = useState(shown);
	const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
	const sent = useRef(shown);

	// "Back" and "clear" change the address without us; our own change is not one.
	useEffect(() => {
		if (shown === sent.current) return;
		sent.current = shown;
		setText(shown);
	}, [shown]);
	useEffect(() => () => clearTimeout(timer.current), []);

	function send(value: string) {
		clearTimeout(timer.current);
		sent.current = value;
		narrow({ [name]: value || null }, true);
	}

	return (
		<div class="filter">
			<label for={id}>{title}</label>
			<input
				id={id}
				type="search"
				value={text}
				data-search=""
				onInput={(event) => {
					const value = event.currentTarget.value;
					setText(value);
					clearTimeout(timer.current);
					timer.current = setTimeout(() => send(value.trim()), WAIT);
				}}
				onKeyDown={(event) => {
					if (event.key !== "Enter") return;
					event.preventDefault();
					send(text.trim());
				}}
			/>
		</div>
	);
}

function Choice(props: { filter: Filter }) {
	const { name, title, options } = props.filter;
	const id = useId();
	return (
		<div class="filter">
			<label for={id}>{title}</label>
			<select
				id={id}
				value={query.value.get(name) ?? ""}
				onChange={(event) => narrow({ [name]: event.currentTarget.value || null }, false)}
			>
				<option value="">{t("shell.filter_any")}</option>
				{options?.map((option) => (
					<option key={option.value} value={option.value}>
						{option.title}
					</option>
				))}
			</select>
		</div>
	);
}

export function clearFilters(filters: readonly Filter[]): void {
	narrow(Object.fromEntries(filters.map((filter) => [filter.name, null])), false);
}

// The filters of a list above it, and what is set as chips that take it away again. The state is in
// the address, and filtersOf() reads it.
export function Filters(props: { filters: readonly Filter[] }) {
	const set = Object.entries(filtersOf(props.filters));
	return (
		<div class="filters" role="search">
			{props.filters.map((filter) =>
				filter.control ? (
					<div class="filter" key={filter.name}>
						{filter.control(query.value.get(filter.name) ?? undefined, (value) => narrow({ [filter.name]: value }, false))}
					</div>
				) : filter.options ? <Choice key={filter.name} filter={filter} /> : <Search key={filter.name} filter={filter} />,
			)}
			{set.length > 0 && (
				<ul class="chips" aria-label={t("shell.filters_set")}>
					{set.map(([name, value]) => {
						const filter = props.filters.find((one) => one.name === name);
						const text = `${filter?.title}: ${valueTitle(filter, value)}`;
						return (
							<li key={name}>
								<button
									type="button"
									class="chip"
									aria-label={t("shell.filter_remove", { filter: text })}
									onClick={() => narrow({ [name]: null }, false)}
								>
									{text} <span aria-hidden="true">✕</span>
								</button>
							</li>
						);
					})}
					<li>
						<button type="button" class="plain" onClick={() => clearFilters(props.filters)}>
							{t("shell.filters_clear")}
						</button>
					</li>
				</ul>
			)}
		</div>
	);
}
