import { t, tWord } from "../../i18n";
import { Badge, Fold } from "../../ui";
import type { Outcome, Step } from "./steps";

// One step after the other: what was looked for, whether it went well, what was found.
export function StepList(props: { of: readonly Step[] }) {
	return (
		<ol class="steps-list">
			{props.of.map((step, i) => (
				<li key={i}>
					<strong>{tWord("directories.step_", step.step)}</strong>{" "}
					<Badge tone={step.good ? "good" : "warn"}>
						{t(step.good ? "directories.step_well" : "directories.step_not")}
					</Badge>
					<p class="words">{step.text}</p>
				</li>
			))}
		</ol>
	);
}

// Row by row of the mapping, and what the directory says itself.
export function Mapped(props: { of: Outcome }) {
	const { rows, mapped, theirs } = props.of;
	return (
		<>
			{mapped.length > 0 && (
				<div class="scroll" tabIndex={0} role="group" aria-label={t("directories.mapped")}>
					<table>
						<caption>{t("directories.mapped")}</caption>
						<thead>
							<tr>
								<th scope="col">{t("directories.map_here")}</th>
								<th scope="col">{t("directories.value")}</th>
							</tr>
						</thead>
						<tbody>
							{mapped.map((row, i) => (
								<tr key={i}>
									<th scope="row">{row.name}</th>
									<td class="words">{row.value}</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
			{rows.length > 0 && (
				<Fold title={t("directories.row_by_row", { n: rows.length })}>
					<ul class="plain-list">
						{rows.map((row, i) => (
							<li key={i} class="words">
								<Badge tone={row.good ? "good" : "quiet"}>
									{t(row.good ? "directories.row_used" : "directories.row_unused")}
								</Badge>{" "}
								<code>{row.row}</code>: {row.value}
							</li>
						))}
					</ul>
				</Fold>
			)}
			{theirs.length > 0 && (
				<Fold title={t("directories.theirs", { n: theirs.length })}>
					<dl class="pairs">
						{theirs.map((row, i) => (
							<div key={i}>
								<dt>{row.name}</dt>
								<dd class="words">{row.value}</dd>
							</div>
						))}
					</dl>
				</Fold>
			)}
		</>
	);
}
