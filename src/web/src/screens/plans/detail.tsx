import { useState } from "preact/hooks";
import { get } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, to } from "../../router";
import { Badge, Fact, Facts, Link, Page, Section, reasonOf, Shown, Time, useNames } from "../../ui";
import { Approve, Reject } from "./decide";
import { State, titleOf } from "./list";
import { kindsOf, type Plan, toneOfAction } from "./plan";
import { Rows } from "./rows";
import "../../style/sync.css";

// Why it is held, what comes of either answer, and the answers.
function Waits(props: { of: Plan; done: () => void }) {
	const { of: plan } = props;
	const [asked, ask] = useState<"approve" | "reject">();
	const close = () => ask(undefined);
	return (
		<Section title={t("plans.why")}>
			{plan.reason && <p class="reason">{reasonOf(plan)}</p>}
			<p>{t("plans.why_lead")}</p>
			<ul class="answers">
				<li>
					<button type="button" class="primary" aria-describedby="if-approved" onClick={() => ask("approve")}>
						{t("plans.approve")}
					</button>
					<p id="if-approved">{t("plans.if_approved")}</p>
				</li>
				<li>
					<button type="button" aria-describedby="if-rejected" onClick={() => ask("reject")}>
						{t("plans.reject")}
					</button>
					<p id="if-rejected">{t("plans.if_rejected")}</p>
				</li>
			</ul>
			{plan.directory && plan.cause !== "first" && plan.cause !== "preview" && (
				<p>
					<Link to={`${to`/directories/${plan.directory}/edit`}?tab=running`}>
						{t("plans.change_limit", { directory: plan.directory })}
					</Link>
				</p>
			)}
			{asked === "approve" && <Approve plan={plan} done={props.done} close={close} />}
			{asked === "reject" && <Reject plan={plan} done={props.done} close={close} />}
		</Section>
	);
}

// The counts by kind; each leads to its rows.
function Kinds(props: { of: Plan }) {
	const { of: plan } = props;
	const chosen = query.value.get("action");
	const here = to`/plans/${plan.id}`;
	return (
		<nav class="kinds" aria-label={t("plans.what")}>
			<Link to={here} current={!chosen}>
				{t("plans.everything")} {number(plan.rows)}
			</Link>
			{kindsOf(plan.counts).map(({ action, n }) => (
				<Link key={action} to={`${here}?action=${encodeURIComponent(action)}`} current={chosen === action}>
					<Badge tone={toneOfAction(action)}>{tWord("plans.action_", action)}</Badge> {number(n)}
				</Link>
			))}
		</nav>
	);
}

function Body(props: { of: Plan; reload: () => void }) {
	const { of: plan } = props;
	const held = plan.state === "held";
	return (
		<div class="page">
			<Facts>
				<Fact name={t("plans.state")}>
					<State of={plan.state} />
				</Fact>
				<Fact name={t("plans.directory")}>
					{plan.directory ? <Link to={to`/directories/${plan.directory}`}>{plan.directory}</Link> : t("plans.gone_directory")}
				</Fact>
				<Fact name={t("plans.cause")}>{tWord("plans.cause_", plan.cause)}</Fact>
				<Fact name={t("plans.created")}>
					<Time at={plan.created} />
				</Fact>
				<Fact name={t("plans.modified")}>
					<Time at={plan.modified} />
				</Fact>
			</Facts>
			{held ? <Waits of={plan} done={props.reload} /> : plan.reason && <p class="reason">{reasonOf(plan)}</p>}
			<Section title={t(plan.state === "applied" ? "plans.did" : "plans.would")}>
				{plan.counts.people ? (
					<p class="quiet">
						{t("plans.looked_at", { n: plan.counts.people, same: number(plan.counts.unchanged ?? 0) })}
					</p>
				) : null}
				<Kinds of={plan} />
				<Rows of={plan} />
			</Section>
		</div>
	);
}

// One run of a directory: what it would do, why it waits, and the decision.
export default function PlanPage() {
	const { id } = useNames();
	const loaded = useLoad(
		(signal) => get<Plan>(to`plans/${id ?? ""}/summary`, {}, signal),
		[id],
		["plans", "directories"],
	);
	return (
		<Page
			title={loaded.value ? titleOf(loaded.value) : t("plans.one")}
			back={<Link to="/plans">{t("plans.title")}</Link>}
		>
			<Shown of={loaded}>{(plan) => <Body of={plan} reload={loaded.reload} />}</Shown>
		</Page>
	);
}
