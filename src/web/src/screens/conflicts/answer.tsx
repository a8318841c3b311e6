import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, toast } from "../../ui";
import { answerLabel, consequence, Named } from "./bits";
import { type Conflict, linkable } from "./conflict";

const plain = { ignore: "ignore", reopen: "reopen" } as const;

export async function give(conflict: Conflict, as: string, more: object): Promise<void> {
	if (as in plain) await send("POST", to`conflicts/${conflict.id}/${as}`, more);
	else await send("POST", to`conflicts/${conflict.id}/settle`, { as, ...more });
	toast(t(as === "reopen" ? "conflicts.reopened" : "conflicts.answered"));
}

// What the answer does, told once more, with what it needs: who it is, why.
export function AnswerDialog(props: { conflict: Conflict; as: string; done: () => void; close: () => void }) {
	const { conflict, as } = props;
	const people = as === "link" ? linkable(conflict) : [];
	const [who, setWho] = useState(people.length === 1 ? people[0]?.id : undefined);
	const [reason, setReason] = useState("");
	const [endPassword, setEndPassword] = useState(false);

	async function run() {
		await give(conflict, as, {
			...(reason.trim() ? { reason: reason.trim() } : {}),
			...(who ? { to: who } : {}),
			...(endPassword ? { end_password: true } : {}),
		});
		props.done();
	}

	return (
		<ConfirmDialog
			title={answerLabel(as)}
			confirm={answerLabel(as)}
			danger={["unlink", "approve-once"].includes(as)}
			run={run}
			close={props.close}
		>
			<p>{consequence(conflict, as)}</p>
			{people.length > 1 && (
				<fieldset>
					<legend>{t("conflicts.who_is_it")}</legend>
					{people.map((one) => (
						<label key={one.id} class="check">
							<input type="radio" name="to" required checked={who === one.id} onChange={() => setWho(one.id)} />{" "}
							<Named of={one} plain />
						</label>
					))}
				</fieldset>
			)}
			{as === "link" && conflict.source?.kind === "directory" && (
				<label class="check">
					<input
						type="checkbox"
						name="end_password"
						checked={endPassword}
						onChange={(event) => setEndPassword(event.currentTarget.checked)}
					/>{" "}
					{t("conflicts.end_password")}
				</label>
			)}
			<Reason value={reason} set={setReason} />
		</ConfirmDialog>
	);
}

export function Reason(props: { value: string; set: (text: string) => void }) {
	return (
		<div class="field">
			<label for="answer-reason">
				{t("conflicts.reason")} <span class="quiet">{t("shell.optional")}</span>
			</label>
			<input
				id="answer-reason"
				name="reason"
				maxLength={200}
				autocomplete="off"
				value={props.value}
				onInput={(event) => props.set(event.currentTarget.value)}
			/>
		</div>
	);
}
