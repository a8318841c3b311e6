import { useState } from "preact/hooks";
import { send } from "../../api";
import { moment, t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, Dialog, Form, NumberField, toast, useForm } from "../../ui";
import { ToldOnce } from "./told-once";

interface Rotated {
	token: string;
	old_expires?: string;
}

const MOST = 720; // hours, as the server has it

// Another token for the same client: the old one opens for a while, so that nothing stands still.
export function RotateToken(props: { id: string; name: string; close: () => void; done: () => void }) {
	const [made, setMade] = useState<Rotated>();
	const form = useForm<{ overlap_hours: number | null }>({ overlap_hours: 24 }, async (values) => {
		setMade(await send<Rotated>("POST", to`tokens/${props.id}/rotate`, { overlap_hours: values.overlap_hours ?? 0 }));
		props.done();
	});
	if (made) {
		return (
			<ToldOnce title={t("tokens.rotated", { name: props.name })} label={t("tokens.token")} value={made.token} close={props.close}>
				<p>{made.old_expires ? t("tokens.old_until", { time: moment(made.old_expires) }) : t("tokens.old_over")}</p>
			</ToldOnce>
		);
	}
	return (
		<Dialog title={t("tokens.rotate_title", { name: props.name })} close={props.close}>
			<Form form={form} submit={t("tokens.rotate")} cancel={props.close} always>
				<p>{t("tokens.rotate_lead")}</p>
				<NumberField form={form} name="overlap_hours" label={t("tokens.overlap")} hint={t("tokens.overlap_hint", { n: MOST })} min={0} max={MOST} />
			</Form>
		</Dialog>
	);
}

export function RevokeToken(props: { id: string; name: string; close: () => void; done: () => void }) {
	return (
		<ConfirmDialog
			title={t("tokens.revoke_title", { name: props.name })}
			confirm={t("tokens.revoke")}
			danger
			typed={props.name}
			run={async () => {
				await send("DELETE", to`tokens/${props.id}`);
				toast(t("tokens.revoked", { name: props.name }));
				props.done();
			}}
			close={props.close}
		>
			<p>{t("tokens.revoke_lead")}</p>
		</ConfirmDialog>
	);
}
