import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { number, t } from "../../i18n";
import { to } from "../../router";
import { type Column, DataTable, Dialog, Empty, type Filter, Filters, filtersOf, Form, Menu, MenuItem, Page, TextField, useForm } from "../../ui";
import { wordsOf } from "./clients";
import { ToldOnce } from "./told-once";
import { DeleteWebhook, State, turn, turnTitle, type WebhookRow } from "./webhook-parts";
import "../../style/settings.css";

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

// Where changes are told to, how much waits for each, and since when one fails.
export default function Webhooks() {
	const [creating, setCreating] = useState(false);
	const [deleting, setDeleting] = useState<WebhookRow>();
	const filters: Filter[] = [{ name: "q", title: t("tokens.search") }];
	const set = filtersOf(filters);

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
					<MenuItem run={() => void turn(row)}>{turnTitle(row)}</MenuItem>
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
				link={(row) => to`/webhooks/${row.id}`}
				empty={
					<Empty kind="new" title={t("tokens.webhook_none")} action={create}>
						{t("tokens.webhook_none_lead")}
					</Empty>
				}
			/>
			{creating && <CreateWebhook close={() => setCreating(false)} />}
			{deleting && <DeleteWebhook of={deleting} close={() => setDeleting(undefined)} />}
		</Page>
	);
}
