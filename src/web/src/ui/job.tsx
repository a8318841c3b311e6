import { useEffect } from "preact/hooks";
import { get, send } from "../api";
import { number, t, tWord } from "../i18n";
import { streaming } from "../live";
import { asApiError, useLoad } from "../load";
import { to } from "../router";
import { Badge, type Tone } from "./badge";
import { failureText } from "./failure";
import { Shown } from "./page";
import { toast } from "./say";
import { Time } from "./time";

export interface Job {
	job: string;
	action: string;
	role?: string;
	scope?: string;
	as?: string; // the answer to conflicts
	created_by: string;
	file?: "here" | "gone" | "withheld"; // of an export that is done
	state: string;
	total: number;
	done: number;
	failed: number;
	reason?: string;
	created: string;
	modified: string;
}

const ASK_AGAIN = 1000; // while the server does not tell by itself

const tones: Record<string, Tone> = {
	done: "good",
	failed: "bad",
	cancelled: "warn",
};

// Done with failures is not done.
export function stateOf(job: Job): string {
	return job.state === "done" && job.failed > 0 ? "partial" : job.state;
}

export function toneOf(job: Job): Tone {
	return job.state === "done" && job.failed > 0 ? "warn" : (tones[job.state] ?? "info");
}

// How far a long work is: it is the server's, so it goes on without the page and is found again by
// its id, which belongs into the address.
export function JobProgress(props: { id: string; done?: (job: Job) => void }) {
	const loaded = useLoad(
		async (signal) => {
			const job = await get<Job>(to`jobs/${props.id}`, {}, signal);
			if (job.state !== "running") props.done?.(job);
			return job;
		},
		[props.id],
		["jobs"],
	);
	const running = loaded.value?.state === "running" && !streaming.value;
	useEffect(() => {
		if (!running) return;
		const timer = setTimeout(loaded.reload, ASK_AGAIN);
		return () => clearTimeout(timer);
	}, [running, loaded.value, loaded.error]);
	return (
		<Shown of={loaded}>
			{(job) => (
				<div class="job">
					<p>
						<Badge tone={toneOf(job)}>{tWord("shell.job_", stateOf(job))}</Badge>{" "}
						{t("shell.job_count", { done: job.done, total: job.total })}
						{job.failed > 0 && <> · {t("shell.job_failed_count", { n: job.failed })}</>}
					</p>
					<progress
						max={Math.max(1, job.total)}
						value={job.done}
						aria-label={t("shell.job_count", { done: number(job.done), total: number(job.total) })}
					/>
					{job.reason && <p>{job.reason}</p>}
					<p class="quiet">
						{t("shell.job_changed")} <Time at={job.modified} />
					</p>
					{job.state === "running" && (
						<button
							type="button"
							onClick={() =>
								send("POST", to`jobs/${props.id}/cancel`)
									.catch((error: unknown) => toast(failureText(asApiError(error)), "bad"))
									.finally(loaded.reload)
							}
						>
							{t("shell.job_cancel")}
						</button>
					)}
				</div>
			)}
		</Shown>
	);
}
