import { useState } from "preact/hooks";
import { send } from "../../api";
import { moment, t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, Dialog, Form, NumberField, toast, useForm } from "../../ui";
import { ToldOnce } from "./told-once";

interface Rotated {
	token?: string;
	secret?: string;
	old_expires?: string;
}

const MOST = 720; // hours, as the server has it

interface Rotating {
	id: string;
	name: string;
	close: () => void;
	done: () => void;
}

// Another secret in the place of one: the old one holds for a while, so that nothing stands still.
function Rotate(
	props: Rotating & {
		path: string;
		title: string;
		lead: string;
		overlap: string;
		submit: string;
		label: string; // of what is told once
		until: (time: string) => string;
		over: string;
	},
) {
	const [made, setMade] = useState<Rotated>();
	const form = useForm<{ overlap_hours: number | null }>({ overlap_hours: 24 }, async (values) => {
		setMade(await send<Rotated>("POST", props.path, { overlap_hours: values.overlap_hours ?? 0 }));
		props.done();
	});
	if (made) {
		return (
			<ToldOnce
				title={t("tokens.rotated", { name: props.name })}
				label={props.label}
				value={made.token ?? made.secret ?? ""}
				close={props.close}
			>
				<p>{made.old_expires ? props.until(moment(made.old_expires)) : props.over}</p>
			</ToldOnce>
		);
	}
	return (
		<Dialog title={props.title} close={props.close}>
			<Form form={form} submit={props.submit} cancel={props.close} always>
				<p>{props.lead}</p>
				<NumberField form={form} name="overlap_hours" label={props.overlap} hint={t("tokens.overlap_hint", { n: MOST })} min={0} max={MOST} />
			</Form>
		</Dialog>
	);
}

export function RotateToken(props: Rotating) {
	return (
		<Rotate
			{...props}
			path={to`tokens/${props.id}/rotate`}
			title={t("tokens.rotate_title", { name: props.name })}
			lead={t("tokens.rotate_lead")}
			overlap={t("tokens.overlap")}
			submit={t("tokens.rotate")}
			label={t("tokens.token")}
			until={(time) => t("tokens.old_until", { time })}
			over={t("tokens.old_over")}
		/>
	);
}

// Messages bear the signatures of both for so long.
export function RotateSecret(props: Rotating) {
	return (
		<Rotate
			{...props}
			path={to`webhooks/${props.id}/rotate`}
			title={t("tokens.webhook_rotate_title", { name: props.name })}
			lead={t("tokens.webhook_rotate_lead")}
			overlap={t("tokens.webhook_overlap")}
			submit={t("tokens.webhook_rotate")}
			label={t("tokens.signing_secret")}
			until={(time) => t("tokens.webhook_old_until", { time })}
			over={t("tokens.webhook_old_over")}
		/>
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
