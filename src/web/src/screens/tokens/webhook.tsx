import { useState } from "preact/hooks";
import { getTagged, send, type Tagged } from "../../api";
import { moment, t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { Fact, Facts, Form, Link, Overtaken, Page, Section, Shown, TextField, Time, toast, useForm, useNames, useTag } from "../../ui";
import { wordsOf } from "./clients";
import { RotateSecret } from "./rotate";
import { DeleteWebhook, EndOldSecret, State, turn, turnTitle, type WebhookRow } from "./webhook-parts";
import "../../style/settings.css";

interface WebhookInfo extends WebhookRow {
	events: string[];
	last_delivered?: string;
	last_failed?: string;
	last_status?: number;
	last_error?: string;
	old_expires?: string; // until when messages are signed with the secret before, too
	created: string;
	modified: string;
}

interface WebhookForm {
	uri: string;
	events: string;
}

function formOf(info: WebhookInfo): WebhookForm {
	return { uri: info.uri, events: info.events.join(" ") };
}

function Told(props: { id: string; of: Tagged<WebhookInfo>; reload: () => void }) {
	const form = useForm(formOf(props.of.value), async (_, { uri, events }) => {
		const change = { ...(uri === undefined ? {} : { uri: uri.trim() }), ...(events === undefined ? {} : { events: wordsOf(events) }) };
		await send("PATCH", to`webhooks/${props.id}`, change, { ifMatch: tag.current });
		toast(t("tokens.saved"));
		props.reload();
	});
	const tag = useTag(form, { value: formOf(props.of.value), tag: props.of.tag });
	const labels: Record<keyof WebhookForm, string> = { uri: t("tokens.uri"), events: t("tokens.events") };
	const overtaken = (
		<Overtaken
			form={form}
			labels={labels}
			load={async () => {
				const now = await getTagged<WebhookInfo>(to`webhooks/${props.id}`);
				return { value: formOf(now.value), tag: now.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Form form={form} submit={t("tokens.save")} overtaken={overtaken} cancel={form.dirty ? () => form.reset() : undefined}>
			<TextField form={form} name="uri" label={labels.uri} hint={t("tokens.uri_hint")} type="url" required autocomplete="off" />
			<TextField form={form} name="events" label={labels.events} hint={t("tokens.events_hint")} required={false} autocomplete="off" />
		</Form>
	);
}

function whyFailed({ last_status, last_error }: WebhookInfo): string {
	return last_status ? t("tokens.webhook_answered", { n: last_status }) : (last_error ?? t("tokens.webhook_no_answer"));
}

function Head(props: { of: WebhookInfo }) {
	const { of: hook } = props;
	return (
		<Facts>
			<Fact name={t("tokens.state")}>
				<State of={hook} />
			</Fact>
			<Fact name={t("tokens.behind")}>{t("tokens.webhook_waiting", { n: hook.behind })}</Fact>
			<Fact name={t("tokens.webhook_last_delivered")}>{hook.last_delivered ? <Time at={hook.last_delivered} /> : t("tokens.webhook_never")}</Fact>
			<Fact name={t("tokens.webhook_last_failed")}>{hook.last_failed ? <Time at={hook.last_failed} /> : t("tokens.webhook_never")}</Fact>
			<Fact name={t("tokens.made_at")}>
				<Time at={hook.created} />
			</Fact>
		</Facts>
	);
}

// One webhook: whom it tells of what, how far it is, and what it signs with.
export default function Webhook() {
	const { name: id = "" } = useNames();
	const [asked, setAsked] = useState<"rotate" | "end" | "delete">();
	const loaded = useLoad((signal) => getTagged<WebhookInfo>(to`webhooks/${id}`, {}, signal), [id], ["webhooks"]);
	const hook = loaded.value?.value;
	const close = () => setAsked(undefined);
	return (
		<Page
			title={hook?.name ?? t("tokens.webhook_one")}
			back={<Link to="/webhooks">{t("shell.menu_webhooks")}</Link>}
			actions={
				hook && (
					<>
						<button type="button" onClick={() => void turn(hook).then(loaded.reload)}>
							{turnTitle(hook)}
						</button>
						<button type="button" onClick={() => setAsked("rotate")}>
							{t("tokens.webhook_rotate_ask")}
						</button>
						<button type="button" class="danger" onClick={() => setAsked("delete")}>
							{t("tokens.webhook_delete_ask")}
						</button>
					</>
				)
			}
		>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						<Head of={found.value} />
						{found.value.last_failed && <p>{t("tokens.webhook_why", { why: whyFailed(found.value) })}</p>}
						{found.value.old_expires && (
							<p>
								{t("tokens.webhook_old_until", { time: moment(found.value.old_expires) })}{" "}
								<button type="button" onClick={() => setAsked("end")}>
									{t("tokens.webhook_end_old_ask")}
								</button>
							</p>
						)}
						<Section title={t("tokens.webhook_told")}>
							<Told id={id} of={found} reload={loaded.reload} />
						</Section>
					</div>
				)}
			</Shown>
			{hook && asked === "rotate" && <RotateSecret id={id} name={hook.name} close={close} done={loaded.reload} />}
			{hook && asked === "end" && <EndOldSecret id={id} name={hook.name} close={close} done={loaded.reload} />}
			{hook && asked === "delete" && <DeleteWebhook of={hook} close={close} done={() => go("/webhooks")} />}
		</Page>
	);
}
