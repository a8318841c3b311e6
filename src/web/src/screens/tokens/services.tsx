import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { session } from "../../session";
import { DataTable, Dialog, Empty, type Filter, Filters, filtersOf, Form, Page, TextField, useForm } from "../../ui";
import { usePermissionTitle } from "../access/catalogue";
import type { ClientRow } from "./clients";
import { clientColumns } from "./list";
import { Choices, Permissions } from "./parts";
import { ToldOnce } from "./told-once";
import "../../style/settings.css";

interface Made {
	id: string;
	name: string;
	password: string;
}

// LDAP applications have no use for what only the console and the API do.
const useful = /^(users|groups|roles|scopes)\.view$|^ldap\.proxy$|^users\.(create|edit|deactivate|delete|set_password)$|^groups\.edit$|^monitor\.view$/;

function CreateService(props: { close: () => void }) {
	const [made, setMade] = useState<Made>();
	const form = useForm({ name: "", permissions: ["users.view", "groups.view"] as string[] }, async (values) => {
		setMade(await send<Made>("POST", "service-accounts", { name: values.name.trim(), permissions: values.permissions }));
	});
	if (made) {
		const open = () => go(to`/service-accounts/${made.id}`);
		return (
			<ToldOnce title={t("tokens.made", { name: made.name })} label={t("tokens.service_password")} value={made.password} close={open} />
		);
	}
	return (
		<Dialog title={t("tokens.service_create_title")} close={props.close}>
			<Form form={form} submit={t("tokens.service_create_submit")} cancel={props.close} always>
				<TextField form={form} name="name" label={t("tokens.name")} hint={t("tokens.service_name_hint")} required maxLength={64} autocomplete="off" />
				<Choices
					form={form}
					name="permissions"
					legend={t("tokens.permissions")}
					hint={t("tokens.permissions_hint")}
					all={(session.value?.permissions ?? []).filter((one) => useful.test(one))}
				/>
			</Form>
		</Dialog>
	);
}

// The accounts with which applications bind over LDAP.
export default function Services() {
	const [creating, setCreating] = useState(false);
	const title = usePermissionTitle();
	const filters: Filter[] = [{ name: "q", title: t("tokens.search") }];
	const set = filtersOf(filters);
	const create = (
		<button type="button" class="primary" onClick={() => setCreating(true)}>
			{t("tokens.service_create")}
		</button>
	);
	return (
		<Page title={t("shell.menu_service_accounts")} lead={t("tokens.service_lead")} actions={create}>
			<Filters filters={filters} />
			<DataTable<ClientRow>
				name="service-accounts"
				caption={t("shell.menu_service_accounts")}
				views
				columns={[
					...clientColumns(),
					{ name: "permissions", title: t("tokens.permissions"), cell: (row) => <Permissions of={row.permissions} none="–" title={title} short /> },
				]}
				filters={filters}
				topics={["tokens"]}
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<ClientRow>("service-accounts", { sort: sort ?? "created", order: order ?? "desc", cursor, limit, total, contains: set.q }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/service-accounts/${row.id}`}
				empty={
					<Empty kind="new" title={t("tokens.service_none")} action={create}>
						{t("tokens.service_none_lead")}
					</Empty>
				}
			/>
			{creating && <CreateService close={() => setCreating(false)} />}
		</Page>
	);
}
