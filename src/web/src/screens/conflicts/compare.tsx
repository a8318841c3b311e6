import { get } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { query, setQuery, to } from "../../router";
import { Diff, type DiffRow, Section, Shown } from "../../ui";
import { attributeLabel, Named, valueText } from "./bits";
import { alone, comparable, compared, type Conflict, type Side, single } from "./conflict";

const named = (rows: DiffRow[]): DiffRow[] =>
	rows.map(({ name, base, here, source }) => ({
		name: attributeLabel(name),
		...(base ? { base: base.map(valueText) } : {}),
		here: here.map(valueText),
		...(source ? { source: source.map(valueText) } : {}),
	}));

function Beside(props: { conflict: Conflict; side: Side }) {
	const { conflict, side } = props;
	const loaded = useLoad(
		(signal) => get<Record<string, unknown>>(to`users/${side.id}`, {}, signal),
		[side.id],
		["users"],
	);
	return (
		<Shown of={loaded}>
			{(person) => (
				<Diff
					caption={t("conflicts.compared")}
					rows={named(compared(conflict, side, person))}
					here={side.display_name ?? side.name ?? t("conflicts.here")}
					source={conflict.source?.name ?? t("conflicts.source")}
				/>
			)}
		</Shown>
	);
}

// Whom the source may mean, each with what matched and all that both sides say.
export function Compare(props: { of: Conflict }) {
	const { of: conflict } = props;
	const people = comparable(conflict);
	const asked = query.value.get("beside");
	const side = people.find((one) => one.id === asked) ?? people[0];
	const only = conflict.facts.length === 0 ? single(conflict) : undefined;
	if (only && conflict.candidates.length === 0) {
		return (
			<Section title={t("conflicts.values")}>
				<Diff
					caption={t("conflicts.values")}
					rows={named([only])}
					here={t("conflicts.here")}
					source={conflict.source?.name ?? t("conflicts.source")}
				/>
			</Section>
		);
	}
	if (conflict.facts.length === 0 && conflict.candidates.length === 0) return null;
	return (
		<Section title={t("conflicts.candidates")}>
			{conflict.candidates.length > 0 ? (
				<ul class="candidates">
					{conflict.candidates.map(({ user, matched }) => (
						<li key={user.id}>
							<Named of={user} />
							<span class="quiet">
								{" "}
								{t("conflicts.matched", { by: matched.map((one) => attributeLabel(one)).join(", ") })}
							</span>
							{people.length > 1 && (
								<button
									type="button"
									class="plain"
									aria-pressed={side?.id === user.id}
									onClick={() => setQuery({ beside: user.id }, { replace: true })}
								>
									{t("conflicts.compare_with")}
								</button>
							)}
						</li>
					))}
				</ul>
			) : (
				<p class="quiet">{t("conflicts.no_candidates")}</p>
			)}
			{conflict.facts.length > 0 &&
				(side ? (
					<Beside conflict={conflict} side={side} />
				) : (
					<Diff caption={t("conflicts.compared")} rows={named(alone(conflict.facts))} here={conflict.source?.name ?? ""} />
				))}
		</Section>
	);
}
