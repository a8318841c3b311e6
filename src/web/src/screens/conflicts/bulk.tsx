import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, Dialog, Link, type Selection, sentence, toast } from "../../ui";
import { Reason } from "./answer";
import { answerLabel, Named } from "./bits";
import { commonAnswers, type ConflictRow, type Result } from "./conflict";

const MANY = 10; // more are not decided without their number typed
const SHOWN = 100;

type Asked = Record<string, string>;

// The answers that all of the chosen take. What is asked of many is told before, and what could not be
// done is told after, each with why.
export function BulkBar(props: { selection: Selection; asked: Asked; seen: ReadonlyMap<string, ConflictRow> }) {
	const { selection, asked, seen } = props;
	const [as, setAs] = useState<string>();
	const [refused, setRefused] = useState<Result[]>();
	const rows = selection.all
		? [...seen.values()].filter((row) => !asked.kind || row.type === asked.kind)
		: selection.ids.map((id) => seen.get(id)).filter((row) => row !== undefined);
	const answers = commonAnswers(rows);

	async function run(answer: string, reason: string) {
		const whom = selection.all ? { ...asked, expected_count: selection.count } : { conflicts: selection.ids };
		const { items } = await send<{ items: Result[] }>("POST", "conflicts/settle-all", {
			as: answer,
			...whom,
			...(reason ? { reason } : {}),
		});
		const failed = items.filter((one) => !one.done);
		toast(t("conflicts.bulk_done", { n: items.length - failed.length }), failed.length > 0 ? "warn" : "good");
		if (failed.length > 0) setRefused(failed);
		else selection.clear();
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
			{refused && (
				<Dialog title={t("conflicts.bulk_refused", { n: refused.length })} wide close={() => setRefused(undefined)}>
					<ul class="refused">
						{refused.slice(0, SHOWN).map((one) => (
							<li key={one.id}>
								<Link to={to`/conflicts/${one.id}`}>
									<Named of={seen.get(one.id)?.subject ?? { id: one.id, name: one.id }} plain />
								</Link>
								: {sentence(one.reason ?? "")}
							</li>
						))}
					</ul>
					{refused.length > SHOWN && <p class="quiet">{t("conflicts.bulk_more", { n: refused.length - SHOWN })}</p>}
				</Dialog>
			)}
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
