import { useState } from "preact/hooks";
import { get, list, send, urlOf } from "../../api";
import { number, t, tWord } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, tenant, to } from "../../router";
import { session } from "../../session";
import {
	Badge,
	type Column,
	ConfirmDialog,
	DataTable,
	Empty,
	Fact,
	Facts,
	failureText,
	type Job,
	JobProgress,
	Link,
	Page,
	Section,
	sentence,
	Shown,
	stateOf,
	Time,
	toast,
	type Tone,
	toneOf,
	useNames,
} from "../../ui";
import { asksForName, isDestructive, isOver, type JobRow, type JobSummary, opposite, placeOf, resultName, UNDO_MOST, word } from "./job-view";
import "../../style/users.css";

const tones: Record<string, Tone> = { changed: "good", unchanged: "quiet", refused: "bad", waiting: "info" };

const rowName = (row: JobRow) => row.name || row.user || row.id;

function columns(planned: boolean): Column<JobRow>[] {
	return [
		{ name: "name", title: t("users.column_name"), cell: rowName },
		{ name: "user", title: t("users.column_user"), cell: (row) => row.user ?? "–" },
		{
			name: "outcome",
			title: t(planned ? "users.job_would" : "users.job_outcome"),
			cell: (row) => (
				<Badge tone={tones[row.outcome] ?? "info"}>
					{tWord(planned ? "users.would_" : "users.outcome_", row.outcome)}
				</Badge>
			),
		},
		{ name: "detail", title: t("users.job_why"), cell: (row) => (row.detail ? sentence(row.detail) : "–") },
	];
}

function Numbers(props: { job: Job; summary: JobSummary; planned: boolean }) {
	const { job, summary, planned } = props;
	return (
		<>
			<Facts>
				<Fact name={t(planned ? "users.would_changed" : "users.outcome_changed")}>{number(summary.changed)}</Fact>
				<Fact name={t(planned ? "users.would_unchanged" : "users.outcome_unchanged")}>{number(summary.unchanged)}</Fact>
				<Fact name={t(planned ? "users.would_refused" : "users.outcome_refused")}>{number(summary.refused)}</Fact>
				{!planned && summary.waiting > 0 && (
					<Fact name={t("users.outcome_waiting")}>{number(summary.waiting)}</Fact>
				)}
			</Facts>
			{summary.looked_at < summary.total && (
				<p class="quiet">{t("users.job_looked_at", { n: summary.looked_at, total: summary.total })}</p>
			)}
			{summary.refusals.length > 0 && (
				<details class="refusals" open={summary.refused <= 10}>
					<summary>{t(planned ? "users.job_left_out" : "users.job_refused", { n: summary.refused })}</summary>
					<ul>
						{summary.refusals.map((row) => (
							<li key={row.row}>
								<Link to={placeOf(job, row)}>{rowName(row)}</Link>: {row.detail}
							</li>
						))}
					</ul>
					{summary.refused > summary.refusals.length && (
						<p class="quiet">{t("users.job_more_refused", { n: summary.refused - summary.refusals.length })}</p>
					)}
				</details>
			)}
		</>
	);
}

// A job that is planned: what it would do, and the decision.
function Plan(props: { job: Job; summary: JobSummary; reload: () => void }) {
	const { job, summary, reload } = props;
	const [asking, setAsking] = useState(false);
	const company = tenant.value ?? session.value?.tenant ?? "";
	const rest = job.total - summary.looked_at;
	const count = summary.changed + rest;
	const label = t(`users.run_${word(job.action)}` as "users.run_deactivate", { n: count });
	const danger = isDestructive(job.action);
	return (
		<>
			<div class="actions">
				<button
					type="button"
					onClick={() =>
						send("POST", to`jobs/${job.job}/cancel`).then(
							() => go("/users"),
							(error: unknown) => toast(failureText(asApiError(error)), "bad"),
						)
					}
				>
					{t("users.job_discard")}
				</button>
				<button
					type="button"
					class={danger ? "danger" : "primary"}
					disabled={count === 0}
					onClick={() => setAsking(true)}
				>
					{label}
				</button>
			</div>
			{count === 0 && <p>{t("users.job_nothing")}</p>}
			{asking && (
				<ConfirmDialog
					title={label}
					confirm={label}
					danger={danger}
					{...(asksForName(job.action, count) ? { typed: company } : {})}
					run={async () => {
						await send("POST", to`jobs/${job.job}/run`);
						reload();
					}}
					close={() => setAsking(false)}
				>
					<p>{t(`users.effect_${word(job.action)}` as "users.effect_deactivate")}</p>
					{summary.refused > 0 && <p>{t("users.job_left_out", { n: summary.refused })}</p>}
				</ConfirmDialog>
			)}
		</>
	);
}

// Those whom the job changed, and nobody else, are planned to be changed back.
function Undo(props: { job: Job; action: string }) {
	const { job, action } = props;
	async function plan() {
		const rows = await list<JobRow>(to`jobs/${job.job}/rows`, { limit: UNDO_MOST });
		const users = rows.items.filter((row) => row.outcome === "changed").map((row) => row.id);
		const more = { ...(job.role ? { role: job.role } : {}), ...(job.scope ? { scope: job.scope } : {}) };
		const next = await send<Job>("POST", "users/bulk", { action, users, ...more, preview: true });
		go(to`/jobs/${next.job}`);
	}
	return (
		<button type="button" onClick={() => plan().catch((error: unknown) => toast(failureText(asApiError(error)), "bad"))}>
			{t("users.job_undo")}
		</button>
	);
}

function Result(props: { job: Job; summary: JobSummary | undefined }) {
	const { job, summary } = props;
	const back = opposite(job);
	return (
		<>
			<div class="actions">
				<Link to={job.action === "settle" ? "/conflicts" : "/users"} class="button">
					{t(job.action === "settle" ? "users.back_to_conflicts" : "users.back_to_list")}
				</Link>
				{back && summary && summary.changed > 0 && <Undo job={job} action={back} />}
				{job.file === "here" && (
					<a class="button primary" href={urlOf(to`jobs/${job.job}/result`)} download={resultName(job)}>
						{t("users.job_download")}
					</a>
				)}
			</div>
			{job.file === "gone" && <p class="quiet">{t("users.job_file_gone")}</p>}
			{job.file === "withheld" && <p class="quiet">{t("users.job_file_withheld", { name: job.created_by })}</p>}
		</>
	);
}

// One job about many people, planned, running or over; its address is all that is needed to find it.
export default function JobPage() {
	const { job: id = "" } = useNames();
	const loaded = useLoad((signal) => get<Job>(to`jobs/${id}`, {}, signal), [id], ["jobs"]);
	const state = loaded.value?.state;
	const exporting = loaded.value?.action === "export";
	const summary = useLoad(
		async (signal) =>
			state === undefined || state === "running" || exporting ? undefined : await get<JobSummary>(to`jobs/${id}/summary`, {}, signal),
		[id, state, exporting],
	);
	const planned = state === "planned";
	return (
		<Page
			title={loaded.value ? t(`users.job_${word(loaded.value.action)}` as "users.job_deactivate", { n: loaded.value.total }) : t("users.job")}
			back={<Link to="/jobs">{t("users.jobs")}</Link>}
		>
			<Shown of={loaded}>
				{(job) => (
					<>
						<Facts>
							<Fact name={t("users.job_state")}>
								<Badge tone={toneOf(job)}>{tWord("shell.job_", stateOf(job))}</Badge>
							</Fact>
							{job.role && <Fact name={t("users.job_role")}>{job.role}</Fact>}
							{job.scope && <Fact name={t("users.job_scope")}>{job.scope}</Fact>}
							{job.as && <Fact name={t("users.job_as")}>{tWord("conflicts.answer_", job.as)}</Fact>}
							<Fact name={t("users.job_by")}>{job.created_by}</Fact>
							<Fact name={t("users.job_created")}>
								<Time at={job.created} />
							</Fact>
						</Facts>
						{job.state === "running" && <JobProgress id={id} done={loaded.reload} />}
						{job.reason && <p>{job.reason}</p>}
						{isOver(job) && <Result job={job} summary={summary.value} />}
						{!exporting && (
							<Section title={t(planned ? "users.job_preview" : "users.job_result")}>
								<Shown of={summary}>
									{(numbers) =>
										numbers && (
											<>
												<Numbers job={job} summary={numbers} planned={planned} />
												{planned && <Plan job={job} summary={numbers} reload={loaded.reload} />}
											</>
										)
									}
								</Shown>
								<DataTable<JobRow>
									name="job-rows"
									views
									caption={t("users.job_rows")}
									columns={columns(planned)}
									on={[id, state, job.done]}
									load={({ cursor, limit, total }, signal) =>
										list<JobRow>(to`jobs/${id}/rows`, { cursor, limit, total }, signal)
									}
									id={(row) => String(row.row)}
									link={(row) => placeOf(job, row)}
									empty={<Empty kind="none" title={t("users.job_nobody")} />}
								/>
							</Section>
						)}
					</>
				)}
			</Shown>
		</Page>
	);
}
