import { send } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { Badge, ConfirmDialog, failureText, Time, toast } from "../../ui";

export interface WebhookRow {
	id: string;
	name: string;
	uri: string;
	active: boolean;
	delivered_to: number;
	newest: number;
	behind: number;
	failing_since?: string;
}

export function State(props: { of: WebhookRow }) {
	const { of: row } = props;
	if (!row.active) return <Badge tone="quiet">{t("tokens.webhook_held")}</Badge>;
	if (!row.failing_since) return <Badge tone="good">{t("tokens.webhook_good")}</Badge>;
	return (
		<>
			<Badge tone="bad">{t("tokens.webhook_failing")}</Badge> <Time at={row.failing_since} />
		</>
	);
}

// Holds a webhook, or lets it go on.
export async function turn(row: WebhookRow): Promise<void> {
	try {
		await send("POST", row.active ? to`webhooks/${row.id}/deactivate` : to`webhooks/${row.id}/activate`);
		toast(t(row.active ? "tokens.webhook_now_held" : "tokens.webhook_goes_on", { name: row.name }));
	} catch (error) {
		toast(failureText(asApiError(error)), "bad");
	}
}

export function turnTitle(row: WebhookRow): string {
	return t(row.active ? "tokens.webhook_hold" : "tokens.webhook_go_on");
}

export function DeleteWebhook(props: { of: WebhookRow; close: () => void; done?: () => void }) {
	const { of: row } = props;
	return (
		<ConfirmDialog
			title={t("tokens.webhook_delete_title", { name: row.name })}
			confirm={t("tokens.webhook_delete")}
			danger
			typed={row.name}
			run={async () => {
				await send("DELETE", to`webhooks/${row.id}`);
				toast(t("tokens.revoked", { name: row.name }));
				props.done?.();
			}}
			close={props.close}
		>
			<p>{t("tokens.webhook_delete_lead", { n: row.behind })}</p>
		</ConfirmDialog>
	);
}

export function EndOldSecret(props: { id: string; name: string; close: () => void; done: () => void }) {
	return (
		<ConfirmDialog
			title={t("tokens.webhook_end_old_title", { name: props.name })}
			confirm={t("tokens.webhook_end_old")}
			danger
			run={async () => {
				await send("DELETE", to`webhooks/${props.id}/old-secret`);
				toast(t("tokens.webhook_old_over"));
				props.done();
			}}
			close={props.close}
		>
			<p>{t("tokens.webhook_end_old_lead")}</p>
		</ConfirmDialog>
	);
}
