import { useEffect, useState } from "preact/hooks";
import { get, send, urlOf } from "../../api";
import { number, t, tWord } from "../../i18n";
import { streaming } from "../../live";
import { asApiError, useLoad } from "../../load";
import { to } from "../../router";
import { Badge, ConfirmDialog, Fact, Facts, failureText, Link, Page, Section, sentence, Shown, Time, toast, useNames } from "../../ui";
import { type Import, toneOfImport } from "./import";
import { Rows } from "./rows";

const ASK_AGAIN = 1000; // while the server does not tell by itself

// What is decided about a plan, once.
function Decide(props: { of: Import; reload: () => void }) {
	const { of: one, reload } = props;
	const [asking, setAsking] = useState<"commit" | "reject">();
	const commit = t("imports.commit", { n: one.importable });
	return (
		<>
			<div class="actions">
				<button type="button" onClick={() => setAsking("reject")}>
					{t("imports.reject")}
				</button>
				<button type="button" class="primary" disabled={one.importable === 0} onClick={() => setAsking("commit")}>
					{commit}
				</button>
			</div>
			{one.importable === 0 && <p>{t("imports.nothing")}</p>}
			{one.differing > 0 && <p>{t("imports.differing", { n: one.differing })}</p>}
			{asking && (
				<ConfirmDialog
					title={asking === "commit" ? commit : t("imports.reject_title")}
					confirm={asking === "commit" ? commit : t("imports.reject")}
					run={async () => {
						await send("POST", asking === "commit" ? to`imports/${one.import}/commit` : to`imports/${one.import}/reject`);
						reload();
					}}
					close={() => setAsking(undefined)}
				>
					{asking === "reject" && <p>{t("imports.reject_effect")}</p>}
					{asking === "commit" && <p>{t("imports.commit_effect")}</p>}
					{asking === "commit" && one.updates > 0 && <p>{t("imports.updates", { n: one.updates })}</p>}
					{asking === "commit" && one.errors > 0 && <p>{t("imports.left_out", { n: one.errors })}</p>}
				</ConfirmDialog>
			)}
		</>
	);
}

// The server's own work: it goes on without this page, and is found again by the address.
function Progress(props: { of: Import; reload: () => void }) {
	const { of: one, reload } = props;
	const said = t("imports.through", { n: number(one.through), total: number(one.total) });
	useEffect(() => {
		if (streaming.value) return;
		const timer = setTimeout(reload, ASK_AGAIN);
		return () => clearTimeout(timer);
	}, [one, streaming.value]);
	return (
		<div class="job">
			<p>{said}</p>
			<progress max={Math.max(1, one.total)} value={one.through} aria-label={said} />
			<button
				type="button"
				onClick={() =>
					send("POST", to`imports/${one.import}/reject`)
						.catch((error: unknown) => toast(failureText(asApiError(error)), "bad"))
						.finally(reload)
				}
			>
				{t("imports.stop")}
			</button>
		</div>
	);
}

function Onward() {
	return (
		<div class="actions">
			<Link to="/users" class="button">
				{t("imports.users")}
			</Link>
			<Link to="/imports" class="button">
				{t("imports.again")}
			</Link>
		</div>
	);
}

// One import: the plan with its decision, the progress, the result.
export default function ImportPage() {
	const { id = "" } = useNames();
	const loaded = useLoad((signal) => get<Import>(to`imports/${id}`, {}, signal), [id], ["jobs"]);
	return (
		<Page title={t("imports.one")} back={<Link to="/imports">{t("imports.title")}</Link>}>
			<Shown of={loaded}>
				{(one) => (
					<>
						<Facts>
							<Fact name={t("imports.state")}>
								<Badge tone={toneOfImport(one)}>{tWord("imports.state_", one.state)}</Badge>
							</Fact>
							<Fact name={t("imports.lines")}>{number(one.total)}</Fact>
							<Fact name={t("imports.class_importable")}>{number(one.importable)}</Fact>
							<Fact name={t("imports.class_error")}>{number(one.errors)}</Fact>
							<Fact name={t("imports.class_duplicate")}>{number(one.duplicates)}</Fact>
							{one.state !== "planned" && <Fact name={t("imports.done")}>{number(one.done)}</Fact>}
							{one.refused > 0 && <Fact name={t("imports.class_refused")}>{number(one.refused)}</Fact>}
							<Fact name={t("imports.by")}>{one.created_by}</Fact>
							<Fact name={t("imports.created")}>
								<Time at={one.created} />
							</Fact>
						</Facts>
						{one.reason && <p>{sentence(one.reason)}</p>}
						{one.state === "planned" && <Decide of={one} reload={loaded.reload} />}
						{one.state === "running" && <Progress of={one} reload={loaded.reload} />}
						{one.state !== "planned" && one.state !== "running" && <Onward />}
						<Section
							title={t(one.state === "planned" ? "imports.would" : "imports.did")}
							actions={
								one.errors + one.refused > 0 && (
									<a class="button" href={urlOf(to`imports/${one.import}/errors`)} download="errors.csv">
										{t("imports.errors_file")}
									</a>
								)
							}
						>
							{one.errors + one.refused > 0 && <p class="quiet">{t("imports.errors_hint")}</p>}
							<Rows of={one} />
						</Section>
					</>
				)}
			</Shown>
		</Page>
	);
}
