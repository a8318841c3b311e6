import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { ConfirmDialog, type Job, type Selection } from "../../ui";
import { Reason } from "./answer";
import { answerLabel } from "./bits";
import { commonAnswers, type ConflictRow } from "./conflict";

const MANY = 10; // more are not decided without their number typed

type Asked = Record<string, string>;

// The answers that all of the chosen take. It is a job of the server: its page tells how far it is, and
// what could not be done, each with why.
export function BulkBar(props: { selection: Selection; asked: Asked; seen: ReadonlyMap<string, ConflictRow> }) {
	const { selection, asked, seen } = props;
	const [as, setAs] = useState<string>();
	const rows = selection.all
		? [...seen.values()].filter((row) => !asked.kind || row.type === asked.kind)
		: selection.ids.map((id) => seen.get(id)).filter((row) => row !== undefined);
	const answers = commonAnswers(rows);

	async function run(answer: string, reason: string) {
		const whom = selection.all ? { ...asked, expected_count: selection.count } : { conflicts: selection.ids };
		const { job } = await send<Job>("POST", "conflicts/settle-all", { as: answer, ...whom, ...(reason ? { reason } : {}) });
		selection.clear();
		go(to`/jobs/${job}`);
	}

	return (
		<>
			{answers.map((one) => (
				<button key={one} type="button" onClick={() => setAs(one)}>
					{answerLabel(one)}
				</button>
			))}
			{answers.length === 0 && <span class="quiet">{t("conflicts.no_common")}</span>}
			{as && <BulkDialog as={as} count={selection.count} run={(reason) => run(as, reason)} close={() => setAs(undefined)} />}
		</>
	);
}

function BulkDialog(props: { as: string; count: number; run: (reason: string) => Promise<void>; close: () => void }) {
	const { as, count } = props;
	const [reason, setReason] = useState("");
	return (
		<ConfirmDialog
			title={t("conflicts.bulk_title", { answer: answerLabel(as), n: count })}
			confirm={t("conflicts.bulk_confirm", { n: count })}
			{...(count > MANY ? { typed: String(count) } : {})}
			run={() => props.run(reason.trim())}
			close={props.close}
		>
			<p>{t(`conflicts.many_${as.replaceAll("-", "_")}` as "conflicts.many_ignore")}</p>
			<p class="quiet">{t("conflicts.bulk_lead")}</p>
			<Reason value={reason} set={setReason} />
		</ConfirmDialog>
	);
}
