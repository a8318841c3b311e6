import { number, t } from "../../i18n";
import { to } from "../../router";
import { Badge, Link, Section, Time } from "../../ui";
import type { Overview } from "./overview";

// What runs, what goes out and what ends soon, as far as there is something to say of it.
export function Outgoing(props: { of: Overview }) {
	const { webhooks = [], mails = [], jobs = [], expiring = [] } = props.of;
	if (webhooks.length + mails.length + jobs.length + expiring.length === 0) return null;
	return (
		<Section title={t("status.queues")}>
			<ul class="waits">
				{webhooks.map((hook) => (
					<li key={hook.name}>
						{!hook.active ? (
							<Badge tone="warn">{t("status.hook_off")}</Badge>
						) : hook.failing_since ? (
							<Badge tone="bad">{t("status.hook_failing")}</Badge>
						) : (
							<Badge tone="good">{t("status.hook_on")}</Badge>
						)}
						<div>
							<Link to="/webhooks">{t("status.hook", { name: hook.name })}</Link>
							<p class="quiet">
								{t("status.behind", { n: hook.behind })}
								{hook.failing_since && (
									<>
										{" · "}
										{t("status.since")} <Time at={hook.failing_since} />
									</>
								)}
							</p>
						</div>
					</li>
				))}
				{mails.map((mail) => (
					<li key={mail.about}>
						<Badge tone={mail.attempts > 1 ? "warn" : "info"}>{t("status.mail")}</Badge>
						<div>
							{mail.subject}
							<p class="quiet">
								{t("status.attempts", { n: mail.attempts })} · {t("status.next_try")} <Time at={mail.next_try} relative />
							</p>
						</div>
					</li>
				))}
				{jobs.map((job) => (
					<li key={job.job}>
						<Badge tone="info">{t("status.job")}</Badge>
						<div>
							<Link to={to`/jobs/${job.job}`}>{job.action}</Link>
							<p class="quiet">
								{number(job.done)} / {number(job.total)}
							</p>
						</div>
					</li>
				))}
				{expiring.map((token) => (
					<li key={token.id}>
						<Badge tone="warn">{t("status.token_ends")}</Badge>
						<div>
							<Link to={to`/tokens/${token.token}`}>{token.token}</Link>
							<p class="quiet">
								<Time at={token.expires} />
							</p>
						</div>
					</li>
				))}
			</ul>
		</Section>
	);
}
