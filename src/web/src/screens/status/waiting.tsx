import { number, t, tWord } from "../../i18n";
import { to } from "../../router";
import { Badge, Link, reasonOf, Time } from "../../ui";
import type { Overview } from "./overview";

// What an administrator has to decide, each with where.
export function Waiting(props: { of: Overview }) {
	const { plans = [], conflicts, held = 0 } = props.of;
	return (
		<ul class="waits">
			{plans.map((plan) => (
				<li key={plan.id}>
					<Badge tone="warn">{t("status.plan_held")}</Badge>
					<div>
						<Link to={to`/plans/${plan.id}`}>
							{t("status.plan_of", { directory: plan.directory ?? "–", n: plan.rows })}
						</Link>
						<p class="quiet">
							{plan.reason ? reasonOf(plan) : tWord("status.cause_", plan.cause)} · <Time at={plan.created} />
						</p>
					</div>
				</li>
			))}
			{conflicts?.types.map((row) => (
				<li key={row.type}>
					<Badge tone="warn">{t("status.conflicts", { n: row.open })}</Badge>
					<div>
						<Link to={`/conflicts?state=open&kind=${encodeURIComponent(row.type)}`}>{row.sentence}</Link>
					</div>
				</li>
			))}
			{held > 0 && (
				<li>
					<Badge tone="warn">{number(held)}</Badge>
					<div>
						<Link to="/held">{t("status.held_changes_lead")}</Link>
					</div>
				</li>
			)}
		</ul>
	);
}
