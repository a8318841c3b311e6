import { useState } from "preact/hooks";
import { getTagged, send, type Tagged } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { AreaField, ConfirmDialog, Dialog, Fact, Facts, Form, Link, NumberField, Overtaken, Page, Section, Shown, TextField, Time, toast, useForm, useNames, useTag } from "../../ui";
import { usePermissionTitle } from "../access/catalogue";
import { linesOf, type ServiceInfo, wordsOf } from "./clients";
import { Permissions, StateBadge } from "./parts";
import { ToldOnce } from "./told-once";
import "../../style/settings.css";

interface ServiceForm {
	base: string;
	filter: string;
	attributes: string;
	addresses: string;
	bind_groups: string;
	size_limit: number | null;
	time_limit: number | null;
	rate: number | null;
	connections: number | null;
}

function formOf(info: ServiceInfo): ServiceForm {
	return {
		base: info.base ?? "",
		filter: info.filter ?? "",
		attributes: info.attributes.join(" "),
		addresses: info.addresses.join(" "),
		bind_groups: info.bind_groups.join("\n"),
		size_limit: info.size_limit,
		time_limit: info.time_limit,
		rate: info.rate,
		connections: info.connections,
	};
}

function changeOf(changed: Partial<ServiceForm>): object {
	const { base, filter, attributes, addresses, bind_groups, ...numbers } = changed;
	return {
		...numbers,
		...(base === undefined ? {} : { base: base || null }),
		...(filter === undefined ? {} : { filter: filter || null }),
		...(attributes === undefined ? {} : { attributes: wordsOf(attributes) }),
		...(addresses === undefined ? {} : { addresses: wordsOf(addresses) }),
		...(bind_groups === undefined ? {} : { bind_groups: linesOf(bind_groups) }),
	};
}

function Limits(props: { id: string; of: Tagged<ServiceInfo>; reload: () => void }) {
	const form = useForm(formOf(props.of.value), async (_, changed) => {
		await send("PATCH", to`service-accounts/${props.id}`, changeOf(changed), { ifMatch: tag.current });
		toast(t("tokens.saved"));
		props.reload();
	});
	const tag = useTag(form, { value: formOf(props.of.value), tag: props.of.tag });
	const labels: Record<keyof ServiceForm, string> = {
		base: t("tokens.base"),
		filter: t("tokens.filter"),
		attributes: t("tokens.attributes"),
		addresses: t("tokens.addresses"),
		bind_groups: t("tokens.bind_groups"),
		size_limit: t("tokens.size_limit"),
		time_limit: t("tokens.time_limit"),
		rate: t("tokens.ldap_rate"),
		connections: t("tokens.connections"),
	};
	const overtaken = (
		<Overtaken
			form={form}
			labels={labels}
			load={async () => {
				const now = await getTagged<ServiceInfo>(to`service-accounts/${props.id}`);
				return { value: formOf(now.value), tag: now.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Form form={form} submit={t("tokens.save")} overtaken={overtaken} cancel={form.dirty ? () => form.reset() : undefined}>
			<TextField form={form} name="base" label={labels.base} hint={t("tokens.base_hint")} required={false} />
			<TextField form={form} name="filter" label={labels.filter} hint={t("tokens.filter_hint")} required={false} />
			<TextField form={form} name="attributes" label={labels.attributes} hint={t("tokens.attributes_hint")} required={false} />
			<TextField form={form} name="addresses" label={labels.addresses} hint={t("tokens.addresses_hint")} required={false} />
			<AreaField form={form} name="bind_groups" label={labels.bind_groups} hint={t("tokens.bind_groups_hint")} required={false} rows={2} />
			<NumberField form={form} name="size_limit" label={labels.size_limit} hint={t("tokens.zero_server")} min={0} />
			<NumberField form={form} name="time_limit" label={labels.time_limit} hint={t("tokens.zero_server")} min={0} />
			<NumberField form={form} name="rate" label={labels.rate} hint={t("tokens.zero_any")} min={0} />
			<NumberField form={form} name="connections" label={labels.connections} hint={t("tokens.zero_any")} min={0} />
		</Form>
	);
}

function RotatePassword(props: { id: string; name: string; close: () => void }) {
	const [password, setPassword] = useState<string>();
	if (password !== undefined) {
		return (
			<ToldOnce title={t("tokens.rotated", { name: props.name })} label={t("tokens.service_password")} value={password} close={props.close} />
		);
	}
	return <AskRotate {...props} made={setPassword} />;
}

function AskRotate(props: { id: string; name: string; close: () => void; made: (password: string) => void }) {
	const form = useForm({}, async () => {
		const made = await send<{ password: string }>("POST", to`service-accounts/${props.id}/rotate`);
		props.made(made.password);
	});
	return (
		<Dialog title={t("tokens.service_rotate_title", { name: props.name })} close={props.close}>
			<Form form={form} submit={t("tokens.service_rotate")} cancel={props.close} danger always>
				<p>{t("tokens.service_rotate_lead")}</p>
			</Form>
		</Dialog>
	);
}

// One LDAP service account: what it sees, how much, from where, and who signs in through it.
export default function Service() {
	const { name: id = "" } = useNames();
	const title = usePermissionTitle();
	const [asked, setAsked] = useState<"rotate" | "delete">();
	const loaded = useLoad((signal) => getTagged<ServiceInfo>(to`service-accounts/${id}`, {}, signal), [id], ["tokens"]);
	const service = loaded.value?.value;
	const close = () => setAsked(undefined);
	return (
		<Page
			title={service?.name ?? t("tokens.service_one")}
			back={<Link to="/service-accounts">{t("shell.menu_service_accounts")}</Link>}
			actions={
				service && (
					<>
						<button type="button" onClick={() => setAsked("rotate")}>
							{t("tokens.service_rotate_ask")}
						</button>
						<button type="button" class="danger" onClick={() => setAsked("delete")}>
							{t("tokens.service_delete_ask")}
						</button>
					</>
				)
			}
		>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						<Facts>
							<Fact name={t("tokens.state")}>
								<StateBadge of={found.value} />
							</Fact>
							<Fact name={t("tokens.last_used")}>{found.value.last_used ? <Time at={found.value.last_used} /> : t("tokens.never_used")}</Fact>
							<Fact name={t("tokens.made_at")}>
								<Time at={found.value.created} />
							</Fact>
						</Facts>
						<Section title={t("tokens.permissions")}>
							<Permissions of={found.value.permissions} none={t("tokens.no_permission")} title={title} />
						</Section>
						<Section title={t("tokens.limits")}>
							<Limits id={id} of={found} reload={loaded.reload} />
						</Section>
					</div>
				)}
			</Shown>
			{service && asked === "rotate" && <RotatePassword id={id} name={service.name} close={close} />}
			{service && asked === "delete" && (
				<ConfirmDialog
					title={t("tokens.service_delete_title", { name: service.name })}
					confirm={t("tokens.service_delete")}
					danger
					typed={service.name}
					run={async () => {
						await send("DELETE", to`service-accounts/${id}`);
						toast(t("tokens.revoked", { name: service.name }));
						go("/service-accounts");
					}}
					close={close}
				>
					<p>{t("tokens.service_delete_lead")}</p>
				</ConfirmDialog>
			)}
		</Page>
	);
}
