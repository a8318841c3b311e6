import { useState } from "preact/hooks";
import { get, list } from "../../api";
import { t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Fact, Facts, Link, Page, Section, sentence, Shown, Time, useNames } from "../../ui";
import { AnswerDialog } from "./answer";
import { answerLabel, attributeLabel, consequence, Named, State, valueText } from "./bits";
import { Compare } from "./compare";
import { type Conflict, type ConflictRow, entryOf, familyOf, isOpen, nameOf } from "./conflict";
import { Since } from "./since";
import { ValueChoice } from "./value-choice";
import "../../style/sync.css";

// The answers, each with what comes of it, before anything is done.
function Answers(props: { of: Conflict; leave: readonly string[]; done: () => void }) {
	const { of: conflict } = props;
	const [as, setAs] = useState<string>();
	const answers = conflict.answers.filter((one) => !props.leave.includes(one));
	if (answers.length === 0) return null;
	return (
		<>
			<ul class="answers">
				{answers.map((one) => (
					<li key={one}>
						<button type="button" onClick={() => setAs(one)} aria-describedby={`then-${one}`}>
							{answerLabel(one)}
						</button>
						<p id={`then-${one}`}>{consequence(conflict, one)}</p>
					</li>
				))}
			</ul>
			{as && <AnswerDialog conflict={conflict} as={as} done={props.done} close={() => setAs(undefined)} />}
		</>
	);
}

// Values are chosen by what they are; everything else by a button.
function Decide(props: { of: Conflict; done: () => void }) {
	const { of: conflict, done } = props;
	const values = familyOf(conflict.type) === "value" && isOpen(conflict);
	return (
		<Section title={t(isOpen(conflict) ? "conflicts.decide" : "conflicts.decide_anew")}>
			{values && <ValueChoice of={conflict} done={done} />}
			<Answers of={conflict} leave={values ? ["keep-local", "take-upstream", "merge"] : []} done={done} />
		</Section>
	);
}

function Outcome(props: { of: Conflict }) {
	const { of: conflict } = props;
	if (isOpen(conflict)) {
		return (
			<p class="quiet">
				{t("conflicts.closes", { when: conflict.closes })}
			</p>
		);
	}
	return (
		<p>
			<State of={conflict.state} /> {conflict.by && <Named of={conflict.by} />} <Time at={conflict.closed} />
			{conflict.cause && <> · {sentence(conflict.cause)}</>}
		</p>
	);
}

function Sides(props: { of: Conflict }) {
	const { of: conflict } = props;
	const entry = entryOf(conflict);
	return (
		<Facts>
			<Fact name={t("conflicts.here")}>{conflict.subject ? <Named of={conflict.subject} /> : t("conflicts.nobody_here")}</Fact>
			{conflict.meant && (
				<Fact name={t("conflicts.meant")}>
					<Named of={conflict.meant} />
				</Fact>
			)}
			<Fact name={t("conflicts.source")}>
				<Named of={conflict.source} />
			</Fact>
			{entry !== undefined && familyOf(conflict.type) !== "value" && (
				<Fact name={t("conflicts.entry")}>
					{entry}
					{conflict.dn && <small class="dn">{conflict.dn}</small>}
				</Fact>
			)}
			{conflict.attribute && <Fact name={t("conflicts.attribute")}>{attributeLabel(conflict.attribute)}</Fact>}
			{conflict.theirs && familyOf(conflict.type) !== "value" && (
				<Fact name={t("conflicts.source_says")}>
					<span class="value">{valueText(conflict.theirs)}</span>
				</Fact>
			)}
			<Fact name={t("conflicts.first_seen")}>
				<Time at={conflict.created} />
			</Fact>
			<Fact name={t("conflicts.seen")}>
				<Time at={conflict.seen} /> <small>{t("conflicts.times", { n: conflict.times })}</small>
			</Fact>
		</Facts>
	);
}

// The next one of the same kind, so that a list of them is worked off without going back to it.
function Next(props: { of: Conflict }) {
	const { of: conflict } = props;
	const loaded = useLoad(
		(signal) => list<ConflictRow>("conflicts", { state: "open", kind: conflict.type, limit: 2 }, signal),
		[conflict.id, conflict.state],
		["conflicts"],
	);
	const next = loaded.value?.items.find((one) => one.id !== conflict.id);
	if (!next) return null;
	return (
		<p>
			<Link to={to`/conflicts/${next.id}`} class="button">
				{t("conflicts.next")}
			</Link>
		</p>
	);
}

function Body(props: { of: Conflict; reload: () => void }) {
	const { of: conflict } = props;
	return (
		<div class="page">
			<Outcome of={conflict} />
			<Sides of={conflict} />
			{conflict.subject?.kind === "plan" && (
				<p>
					<Link to={to`/plans/${conflict.subject.id}`} class="button">
						{t("conflicts.see_plan")}
					</Link>
				</p>
			)}
			<Decide of={conflict} done={props.reload} />
			<Compare of={conflict} />
			{may("audit.view") && <Since of={conflict} />}
			<Next of={conflict} />
		</div>
	);
}

function titleOf(conflict: Conflict): string {
	const who = nameOf(conflict.subject?.kind === "plan" ? conflict.source : conflict.subject) ?? entryOf(conflict);
	const what = tWord("conflicts.type_", conflict.type);
	return who === undefined ? what : `${who}: ${what}`;
}

// One conflict: what it is, whom it is about on both sides, what may be said to it and what then.
export default function ConflictPage() {
	const { id } = useNames();
	const loaded = useLoad((signal) => get<Conflict>(to`conflicts/${id ?? ""}`, {}, signal), [id], ["conflicts"]);
	const conflict = loaded.value;
	return (
		<Page
			title={conflict ? titleOf(conflict) : t("conflicts.one")}
			back={<Link to="/conflicts">{t("conflicts.title")}</Link>}
			lead={conflict && <>{tWord("conflicts.about_", conflict.type)}</>}
		>
			<Shown of={loaded}>{(found) => <Body of={found} reload={loaded.reload} />}</Shown>
		</Page>
	);
}
