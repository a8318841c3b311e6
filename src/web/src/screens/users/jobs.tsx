import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, DataTable, Empty, type Job, Link, Page, stateOf, Time, toneOf } from "../../ui";
import { word } from "./job-view";

// What has been done to many people at once, the newest first.
export default function Jobs() {
	return (
		<Page title={t("users.jobs")}>
			<DataTable<Job>
				name="jobs"
				caption={t("users.jobs")}
				views
				topics={["jobs"]}
				columns={[
					{
						name: "action",
						title: t("users.job_action"),
						cell: (job) => t(`users.job_${word(job.action)}` as "users.job_deactivate", { n: job.total }),
					},
					{
						name: "state",
						title: t("users.job_state"),
						cell: (job) => <Badge tone={toneOf(job)}>{tWord("shell.job_", stateOf(job))}</Badge>,
					},
					{ name: "done", title: t("users.outcome_changed"), end: true, cell: (job) => number(job.done) },
					{ name: "failed", title: t("users.outcome_refused"), end: true, cell: (job) => number(job.failed) },
					{ name: "by", title: t("users.job_by"), cell: (job) => job.created_by },
					{ name: "created", title: t("users.job_created"), sort: "created", cell: (job) => <Time at={job.created} /> },
				]}
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<Job>("jobs", { sort: sort ?? "created", order: sort ? order : "desc", cursor, limit, total }, signal)
				}
				id={(job) => job.job}
				link={(job) => (job.action === "import" ? to`/imports/${job.job}` : to`/jobs/${job.job}`)}
				empty={
					may("users.view") ? (
						<Empty kind="new" title={t("users.no_jobs")} action={<Link to="/users">{t("users.back_to_list")}</Link>}>
							{t("users.no_jobs_lead")}
						</Empty>
					) : (
						<Empty kind="new" title={t("users.no_jobs")} action={<Link to="/conflicts">{t("users.back_to_conflicts")}</Link>} />
					)
				}
			/>
		</Page>
	);
}
