import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, toast } from "../../ui";

const reasons = ["left", "leave", "investigation", "other"] as const;

// Suspends or reactivates one person, after saying what that does.
export function StateDialog(props: {
	id: string;
	name: string;
	active: boolean;
	close: () => void;
	done?: () => void;
}) {
	const { id, name, active } = props;
	const [reason, setReason] = useState<string>("left");
	const [on, setOn] = useState("");

	async function run() {
		const body = active ? { reason, ...(on ? { on: `${on}T00:00:00Z` } : {}) } : {};
		await send("POST", active ? to`users/${id}/deactivate` : to`users/${id}/activate`, body);
		toast(t(!active ? "users.reactivated" : on ? "users.suspend_planned" : "users.suspended", { name, day: on }));
		props.done?.();
	}

	return (
		<ConfirmDialog
			title={t(active ? "users.suspend_title" : "users.reactivate_title", { name })}
			confirm={t(active ? "users.suspend_one" : "users.reactivate_one")}
			danger={active}
			run={run}
			close={props.close}
		>
			<p>{t(active ? "users.suspend_lead" : "users.reactivate_lead")}</p>
			{active && (
				<>
					<div class="field">
						<label for="suspend-reason">{t("users.suspend_reason")}</label>
						<select id="suspend-reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)}>
							{reasons.map((one) => (
								<option key={one} value={one}>
									{t(`users.reason_${one}`)}
								</option>
							))}
						</select>
					</div>
					<div class="field">
						<label for="suspend-on">
							{t("users.suspend_on")} <span class="quiet">{t("shell.optional")}</span>
						</label>
						<p class="hint" id="suspend-on-hint">
							{t("users.suspend_on_hint")}
						</p>
						<input
							id="suspend-on"
							type="date"
							aria-describedby="suspend-on-hint"
							value={on}
							onInput={(event) => setOn(event.currentTarget.value)}
						/>
					</div>
				</>
			)}
		</ConfirmDialog>
	);
}
