import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { number, t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { Badge, type Column, ConfirmDialog, DataTable, Dialog, Empty, failureText, type Filter, Filters, filtersOf, Form, Menu, MenuItem, Page, TextField, Time, toast, useForm } from "../../ui";
import { wordsOf } from "./clients";
import { ToldOnce } from "./told-once";
import "../../style/settings.css";

interface WebhookRow {
	id: string;
	name: string;
	uri: string;
	active: boolean;
	delivered_to: number;
	newest: number;
	behind: number;
	failing_since?: string;
}

function CreateWebhook(props: { close: () => void }) {
	const [secret, setSecret] = useState<string>();
	const form = useForm({ name: "", uri: "", events: "" }, async (values) => {
		const events = wordsOf(values.events);
		const made = await send<{ secret: string }>("POST", "webhooks", {
			name: values.name.trim(),
			uri: values.uri.trim(),
			...(events.length > 0 ? { events } : {}),
		});
		setSecret(made.secret);
	});
	if (secret !== undefined) {
		return (
			<ToldOnce title={t("tokens.made", { name: form.values.name.trim() })} label={t("tokens.signing_secret")} value={secret} close={props.close} />
		);
	}
	return (
		<Dialog title={t("tokens.webhook_create_title")} close={props.close}>
			<Form form={form} submit={t("tokens.webhook_create_submit")} cancel={props.close} always>
				<TextField form={form} name="name" label={t("tokens.name")} required maxLength={64} autocomplete="off" />
				<TextField form={form} name="uri" label={t("tokens.uri")} hint={t("tokens.uri_hint")} type="url" required autocomplete="off" />
				<TextField form={form} name="events" label={t("tokens.events")} hint={t("tokens.events_hint")} required={false} autocomplete="off" />
			</Form>
		</Dialog>
	);
}

function State(props: { of: WebhookRow }) {
	const { of: row } = props;
	if (!row.active) return <Badge tone="quiet">{t("tokens.webhook_held")}</Badge>;
	if (!row.failing_since) return <Badge tone="good">{t("tokens.webhook_good")}</Badge>;
	return (
		<>
			<Badge tone="bad">{t("tokens.webhook_failing")}</Badge> <Time at={row.failing_since} />
		</>
	);
}

// Where changes are told to, how much waits for each, and since when one fails.
export default function Webhooks() {
	const [creating, setCreating] = useState(false);
	const [deleting, setDeleting] = useState<WebhookRow>();
	const filters: Filter[] = [{ name: "q", title: t("tokens.search") }];
	const set = filtersOf(filters);

	function turn(row: WebhookRow) {
		send("POST", row.active ? to`webhooks/${row.id}/deactivate` : to`webhooks/${row.id}/activate`).then(
			() => toast(t(row.active ? "tokens.webhook_now_held" : "tokens.webhook_goes_on", { name: row.name })),
			(error: unknown) => toast(failureText(asApiError(error)), "bad"),
		);
	}

	const columns: Column<WebhookRow>[] = [
		{ name: "name", title: t("tokens.name"), cell: (row) => row.name },
		{ name: "state", title: t("tokens.state"), cell: (row) => <State of={row} /> },
		{ name: "behind", title: t("tokens.behind"), cell: (row) => number(row.behind), end: true },
		{ name: "uri", title: t("tokens.uri"), cell: (row) => row.uri },
		{
			name: "actions",
			title: t("tokens.actions"),
			cell: (row) => (
				<Menu label="⋯" title={t("tokens.actions_of", { name: row.name })} class="plain">
					<MenuItem run={() => turn(row)}>{t(row.active ? "tokens.webhook_hold" : "tokens.webhook_go_on")}</MenuItem>
					<MenuItem danger run={() => setDeleting(row)}>
						{t("tokens.webhook_delete_ask")}
					</MenuItem>
				</Menu>
			),
		},
	];
	const create = (
		<button type="button" class="primary" onClick={() => setCreating(true)}>
			{t("tokens.webhook_create")}
		</button>
	);
	return (
		<Page title={t("shell.menu_webhooks")} lead={t("tokens.webhook_lead")} actions={create}>
			<Filters filters={filters} />
			<DataTable<WebhookRow>
				name="webhooks"
				caption={t("shell.menu_webhooks")}
				views
				columns={columns}
				filters={filters}
				topics={["webhooks"]}
				on={[creating, deleting]}
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<WebhookRow>("webhooks", { sort: sort ?? "created", order: order ?? "desc", cursor, limit, total, contains: set.q }, signal)
				}
				id={(row) => row.id}
				empty={
					<Empty kind="new" title={t("tokens.webhook_none")} action={create}>
						{t("tokens.webhook_none_lead")}
					</Empty>
				}
			/>
			{creating && <CreateWebhook close={() => setCreating(false)} />}
			{deleting && (
				<ConfirmDialog
					title={t("tokens.webhook_delete_title", { name: deleting.name })}
					confirm={t("tokens.webhook_delete")}
					danger
					typed={deleting.name}
					run={async () => {
						await send("DELETE", to`webhooks/${deleting.id}`);
						toast(t("tokens.revoked", { name: deleting.name }));
					}}
					close={() => setDeleting(undefined)}
				>
					<p>{t("tokens.webhook_delete_lead", { n: deleting.behind })}</p>
				</ConfirmDialog>
			)}
		</Page>
	);
}
