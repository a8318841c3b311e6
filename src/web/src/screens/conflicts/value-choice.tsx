import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import type { ApiError } from "../../api";
import { Actions, Failure } from "../../ui";
import { give, Reason } from "./answer";
import { attributeLabel, consequence, valueText } from "./bits";
import type { Conflict } from "./conflict";

function Value(props: { as: string; text: string | undefined; chosen: string; choose: (as: string) => void; allowed: boolean }) {
	const shown = props.text ? <span class="value">{valueText(props.text)}</span> : <span class="quiet">{t("shell.diff_empty")}</span>;
	if (!props.allowed) return shown;
	return (
		<label class="check">
			<input
				type="radio"
				name="value"
				required
				checked={props.chosen === props.as}
				onChange={() => props.choose(props.as)}
			/>{" "}
			{shown}
		</label>
	);
}

// Last agreed, here, the source: the values that may stand are what is chosen from.
export function ValueChoice(props: { of: Conflict; done: () => void }) {
	const { of: conflict } = props;
	const [chosen, choose] = useState("");
	const [reason, setReason] = useState("");
	const [error, setError] = useState<ApiError>();
	const [busy, setBusy] = useState(false);
	const may = (as: string) => conflict.answers.includes(as);

	async function submit(event: Event) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			await give(conflict, chosen, reason.trim() ? { reason: reason.trim() } : {});
			props.done();
		} catch (failed) {
			setError(asApiError(failed));
		}
		setBusy(false);
	}

	return (
		<form class="form value-choice" onSubmit={submit}>
			<div class="scroll" tabIndex={0} role="group" aria-label={t("conflicts.which_value")}>
				<table class="diff">
					<caption>{t("conflicts.which_value")}</caption>
					<thead>
						<tr>
							<th scope="col">{t("conflicts.attribute")}</th>
							{conflict.base !== undefined && <th scope="col">{t("shell.diff_base")}</th>}
							<th scope="col">{t("conflicts.here")}</th>
							<th scope="col">{conflict.source?.name ?? t("conflicts.source")}</th>
						</tr>
					</thead>
					<tbody>
						<tr>
							<th scope="row">{attributeLabel(conflict.attribute ?? "")}</th>
							{conflict.base !== undefined && <td class="value">{valueText(conflict.base)}</td>}
							<td>
								<Value as="keep-local" text={conflict.ours} chosen={chosen} choose={choose} allowed={may("keep-local")} />
							</td>
							<td>
								<Value as="take-upstream" text={conflict.theirs} chosen={chosen} choose={choose} allowed={may("take-upstream")} />
							</td>
						</tr>
						{may("merge") && (
							<tr>
								<th scope="row">{t("conflicts.both")}</th>
								<td colSpan={conflict.base !== undefined ? 3 : 2}>
									<Value
										as="merge"
										text={`${conflict.ours ?? ""} + ${conflict.theirs ?? ""}`}
										chosen={chosen}
										choose={choose}
										allowed
									/>
								</td>
							</tr>
						)}
					</tbody>
				</table>
			</div>
			<p class="then" aria-live="polite">
				{chosen ? consequence(conflict, chosen) : t("conflicts.choose_value")}
			</p>
			<Reason value={reason} set={setReason} />
			{error && <Failure error={error} />}
			<Actions>
				<button type="submit" class="primary" disabled={busy || !chosen}>
					{t("conflicts.settle")}
				</button>
			</Actions>
		</form>
	);
}
