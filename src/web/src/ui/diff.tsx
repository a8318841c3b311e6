import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Scroll } from "./scroll";

export interface DiffRow {
	name: string; // of the attribute, as the reader knows it
	base?: readonly string[]; // what both sides last agreed on; absent: not known
	here: readonly string[];
	source?: readonly string[]; // absent: only two sides
}

const same = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
	a === undefined || b === undefined || (a.length === b.length && a.every((one) => b.includes(one)));

function Values(props: { of: readonly string[] | undefined; base: readonly string[] | undefined }) {
	const { of: values, base } = props;
	if (!values) return <td>–</td>;
	const gone = base?.filter((one) => !values.includes(one)) ?? [];
	if (values.length + gone.length === 0) return <td class="quiet">{t("shell.diff_empty")}</td>;
	return (
		<td>
			<ul class="values">
				{values.map((one) => {
					const added = base !== undefined && !base.includes(one);
					return (
						<li key={one} class={added ? "added" : undefined}>
							{added ? <ins>{one}</ins> : one} {added && <small>{t("shell.diff_added")}</small>}
						</li>
					);
				})}
				{gone.map((one) => (
					<li key={`-${one}`} class="removed">
						<del>{one}</del> <small>{t("shell.diff_removed")}</small>
					</li>
				))}
			</ul>
		</td>
	);
}

// Attribute by attribute, value by value: what both sides last agreed on, what stands here, what the
// source says. What is alike is folded away.
export function Diff(props: { caption: string; rows: readonly DiffRow[]; base?: string; here?: string; source?: string }) {
	const [all, setAll] = useState(false);
	const different = props.rows.filter((row) => !same(row.here, row.source) || !same(row.base, row.here));
	const alike = props.rows.length - different.length;
	const three = props.rows.some((row) => row.base);
	const two = props.rows.some((row) => row.source);
	return (
		<>
			<Scroll label={props.caption}>
				<table class="diff">
					<caption class="hidden">{props.caption}</caption>
					<thead>
						<tr>
							<th scope="col">{t("shell.diff_attribute")}</th>
							{three && <th scope="col">{props.base ?? t("shell.diff_base")}</th>}
							<th scope="col">{props.here ?? t("shell.diff_here")}</th>
							{two && <th scope="col">{props.source ?? t("shell.diff_source")}</th>}
						</tr>
					</thead>
					<tbody>
						{(all ? props.rows : different).map((row) => (
							<tr key={row.name}>
								<th scope="row">{row.name}</th>
								{three && <Values of={row.base} base={undefined} />}
								<Values of={row.here} base={row.base} />
								{two && <Values of={row.source} base={row.base ?? row.here} />}
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
			{alike > 0 && (
				<button type="button" class="plain" aria-expanded={all} onClick={() => setAll(!all)}>
					{all ? t("shell.diff_fold") : t("shell.diff_unfold", { n: alike })}
				</button>
			)}
		</>
	);
}
