import { useState } from "preact/hooks";
import { get, list, send } from "../../api";
import { number, t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { ConfirmDialog, Fact, Facts, failureText, Link, Menu, MenuItem, MenuLink, Page, Section, reasonOf, sentence, Shown, Tabs, Time, toast, useNames } from "../../ui";
import { RunsTable } from "../provisioning/runs-table";
import { type Run } from "../provisioning/run";
import { Certificate, countsText, Notes, StateBadge, Took } from "../status/standing";
import { DeleteDirectory } from "./delete";
import { Grants } from "./groups";
import type { DirectoryRow } from "./list";
import { NextStep } from "./next";
import type { Saved } from "./setup";
import { nextOf } from "./steps";
import "../../style/directories.css";

type Status = DirectoryRow & {
	passwords?: { available: boolean; reason?: string; asked: number; refused: number; unavailable: number };
};

interface Whole {
	status: Status;
	saved: Saved;
}

async function act(run: () => Promise<unknown>, done: string, reload: () => void) {
	try {
		await run();
		toast(done);
		reload();
	} catch (reason) {
		toast(failureText(asApiError(reason)), "bad");
	}
}

function Actions(props: { of: Whole; reload: () => void }) {
	const { saved } = props.of;
	const { name } = saved;
	const [asking, setAsking] = useState<"pause" | "delete">();
	const sync = (body: object, done: string) => void act(() => send("POST", to`directories/${name}/sync`, body), done, props.reload);
	const resume = () => void act(() => send("POST", to`directories/${name}/resume`), t("directories.resumed"), props.reload);
	return (
		<>
			{saved.active ? (
				<button type="button" class="primary" onClick={() => sync({}, t("directories.sync_begun"))}>
					{t("directories.sync_now")}
				</button>
			) : (
				<button type="button" class="primary" onClick={resume}>
					{t("directories.resume")}
				</button>
			)}
			<Link to={to`/directories/${name}/edit`} class="button">
				{t("directories.edit")}
			</Link>
			<Menu label={t("directories.more")}>
				{saved.active && (
					<>
						<MenuItem run={() => sync({ full: true }, t("directories.full_begun"))}>{t("directories.full_compare")}</MenuItem>
						<MenuItem run={() => sync({ preview: true }, t("directories.preview_begun"))}>{t("directories.preview_run_all")}</MenuItem>
						<MenuItem run={resume}>{t("directories.try_again")}</MenuItem>
						<MenuItem run={() => setAsking("pause")}>{t("directories.pause")}</MenuItem>
					</>
				)}
				<MenuLink to={to`/directories/${name}/person`}>{t("directories.person")}</MenuLink>
				<MenuLink to={`/runs?directory=${encodeURIComponent(name)}`}>{t("directories.all_runs")}</MenuLink>
				{may("integrations.manage") && (
					<MenuLink to={`/provisioning?token=${encodeURIComponent(name)}`}>{t("directories.log")}</MenuLink>
				)}
				<MenuItem danger run={() => setAsking("delete")}>
					{t("directories.delete")}
				</MenuItem>
			</Menu>
			{asking === "pause" && (
				<ConfirmDialog
					title={t("directories.pause_title", { name })}
					confirm={t("directories.pause")}
					run={async () => {
						await send("PATCH", to`directories/${saved.id}`, { active: false });
						toast(t("directories.paused"));
						props.reload();
					}}
					close={() => setAsking(undefined)}
				>
					<p>{t("directories.pause_lead")}</p>
				</ConfirmDialog>
			)}
			{asking === "delete" && (
				<DeleteDirectory
					name={name}
					people={props.of.status.people ?? 0}
					done={() => go("/directories")}
					close={() => setAsking(undefined)}
				/>
			)}
		</>
	);
}

function Passwords(props: { of: NonNullable<Status["passwords"]> }) {
	const { available, reason, asked, refused } = props.of;
	if (!available) return <>{sentence(reason ?? t("directories.passwords_away"))}</>;
	return <>{t("directories.passwords_asked", { asked, refused })}</>;
}

function Standing(props: { of: Status }) {
	const { of: status } = props;
	const did = countsText(status.counts);
	return (
		<Section title={t("directories.standing")}>
			<p>
				<StateBadge of={status} />{" "}
				{status.since && (
					<span class="quiet">
						{t("status.since")} <Time at={status.since} />
					</span>
				)}
			</p>
			{status.reason && <p class="reason words">{reasonOf(status)}</p>}
			<p>
				{t("status.waits_for")} {status.waits_for}. {nextOf(status) !== "none" && <NextStep of={status} />}
			</p>
			<Facts>
				<Fact name={t("status.last_contact")}>
					<Time at={status.last_contact} relative />
				</Fact>
				<Fact name={t("status.last_run")}>
					<Time at={status.last_run} relative />
					<Took of={status} />
				</Fact>
				<Fact name={t(status.next_try ? "status.next_try" : "status.next_full")}>
					<Time at={status.next_try ?? status.next_full} relative />
				</Fact>
				<Fact name={t("status.people")}>{number(status.people ?? 0)}</Fact>
				<Fact name={t("status.groups")}>{number(status.groups ?? 0)}</Fact>
				<Fact name={t("status.open_conflicts")}>
					{status.conflicts?.open ? (
						<Link to={`/conflicts?state=open&source=${encodeURIComponent(status.name)}`}>{number(status.conflicts.open)}</Link>
					) : (
						number(0)
					)}
				</Fact>
				<Fact name={t("directories.column_server")}>
					<span class="words">{status.server ?? status.uri}</span> {status.vendor && <small>{status.vendor}</small>}
				</Fact>
				{status.certificate_ends && (
					<Fact name={t("status.certificate")}>
						<Certificate ends={status.certificate_ends} />
					</Fact>
				)}
				{status.passwords && (
					<Fact name={t("directories.passwords")}>
						<Passwords of={status.passwords} />
					</Fact>
				)}
			</Facts>
			{did && (
				<p class="quiet">
					{t("status.last_run_did")} {did}
				</p>
			)}
			<Notes of={status.notes ?? []} open />
		</Section>
	);
}

const LAST = 5;

function LastRuns(props: { name: string }) {
	const { name } = props;
	const loaded = useLoad((signal) => list<Run>(to`directories/${name}/history`, { limit: LAST }, signal), [name], ["directories", "plans"]);
	return (
		<Section
			title={t("directories.last_runs")}
			actions={<Link to={`/runs?directory=${encodeURIComponent(name)}`}>{t("directories.all_runs")}</Link>}
		>
			<Shown of={loaded}>{({ items }) => <RunsTable rows={items} />}</Shown>
		</Section>
	);
}

// One directory: how it stands, what can be done, its last runs, which groups give what.
export default function DirectoryDetail() {
	const { name = "" } = useNames();
	const loaded = useLoad<Whole>(
		async (signal) => {
			const [status, saved] = await Promise.all([
				get<Status>(to`directories/${name}/status`, {}, signal),
				get<Saved>(to`directories/${name}`, {}, signal),
			]);
			return { status: { ...status, name: saved.name, active: saved.active, uri: String(saved.uri) }, saved };
		},
		[name],
		["directories", "plans", "conflicts"],
	);
	return (
		<Page
			title={loaded.value?.saved.name ?? name}
			back={<Link to="/directories">{t("directories.title")}</Link>}
			actions={loaded.value && <Actions of={loaded.value} reload={loaded.reload} />}
		>
			<Shown of={loaded}>
				{({ status, saved }) => (
					<Tabs
						label={saved.name}
						tabs={[
							{
								name: "standing",
								title: t("directories.standing"),
								show: () => (
									<div class="page">
										<Standing of={status} />
										<LastRuns name={saved.name} />
									</div>
								),
							},
							{ name: "grants", title: t("directories.tab_groups"), show: () => <Grants directory={saved.name} /> },
						]}
					/>
				)}
			</Shown>
		</Page>
	);
}
