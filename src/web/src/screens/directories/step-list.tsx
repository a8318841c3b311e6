import { attributeTitle, attributeValue } from "../../attributes";
import { t, tWord } from "../../i18n";
import { Badge, Fold, Scroll, type Tone } from "../../ui";
import { changesNothing, type Outcome, type Step } from "./steps";

// That nothing would change is well, but no "yes".
function toneOfStep(step: Step): Tone {
	if (!step.good) return "warn";
	return changesNothing(step) ? "quiet" : "good";
}

// One step after the other: what was looked for, whether it went well, what was found.
export function StepList(props: { of: readonly Step[] }) {
	return (
		<ol class="steps-list">
			{props.of.map((step, i) => (
				<li key={i}>
					<strong>{tWord("directories.step_", step.step)}</strong>{" "}
					<Badge tone={toneOfStep(step)}>{t(toneOfStep(step) === "good" ? "directories.step_well" : "directories.step_not")}</Badge>
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
				<Scroll label={t("directories.mapped")}>
					<table class="mapped">
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
									<th scope="row">{attributeTitle(row.name)}</th>
									<td class="words">{attributeValue(row.value)}</td>
								</tr>
							))}
						</tbody>
					</table>
				</Scroll>
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
