import { useState } from "preact/hooks";
import { send } from "../../api";
import { moment, t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, Dialog, Form, NumberField, toast, useForm } from "../../ui";
import { ToldOnce } from "./told-once";

interface Rotated {
	secret: string;
	old_expires?: string;
}

const MOST = 720; // hours, as the server has it

// Another secret to sign with: for a while messages bear the signatures of both.
export function RotateSecret(props: { id: string; name: string; close: () => void; done: () => void }) {
	const [made, setMade] = useState<Rotated>();
	const form = useForm<{ overlap_hours: number | null }>({ overlap_hours: 24 }, async (values) => {
		setMade(await send<Rotated>("POST", to`webhooks/${props.id}/rotate`, { overlap_hours: values.overlap_hours ?? 0 }));
		props.done();
	});
	if (made) {
		return (
			<ToldOnce title={t("tokens.rotated", { name: props.name })} label={t("tokens.signing_secret")} value={made.secret} close={props.close}>
				<p>{made.old_expires ? t("tokens.webhook_old_until", { time: moment(made.old_expires) }) : t("tokens.webhook_old_over")}</p>
			</ToldOnce>
		);
	}
	return (
		<Dialog title={t("tokens.webhook_rotate_title", { name: props.name })} close={props.close}>
			<Form form={form} submit={t("tokens.webhook_rotate")} cancel={props.close} always>
				<p>{t("tokens.webhook_rotate_lead")}</p>
				<NumberField form={form} name="overlap_hours" label={t("tokens.webhook_overlap")} hint={t("tokens.overlap_hint", { n: MOST })} min={0} max={MOST} />
			</Form>
		</Dialog>
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
