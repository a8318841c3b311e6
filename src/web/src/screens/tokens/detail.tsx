import { useState } from "preact/hooks";
import { getTagged, list, send, type Tagged } from "../../api";
import { moment, t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { AreaField, CheckField, Fact, Facts, Fold, Form, Link, NumberField, Overtaken, Page, Section, SelectField, Shown, Time, toast, useForm, useNames, useTag } from "../../ui";
import { usePermissionTitle } from "../access/catalogue";
import { changeOf, connectionOf, type ConnectionForm, type TokenInfo } from "./clients";
import type { Profile } from "./create";
import { Ends, Permissions, providerOf, StateBadge, typeOf } from "./parts";
import { RevokeToken, RotateToken } from "./rotate";
import { Uses } from "./uses";
import "../../style/settings.css";

const labels = (): Record<keyof ConnectionForm, string> => ({
	profile: t("tokens.profile"),
	no_target: t("tokens.no_target"),
	rate: t("tokens.rate"),
	adopts: t("tokens.adopts"),
	roles_as_groups: t("tokens.roles_as_groups"),
	approval: t("tokens.approval"),
	limit_count: t("tokens.limit_count"),
	limit_percent: t("tokens.limit_percent"),
	group_maps: t("tokens.group_maps"),
});

function options(prefix: "no_target" | "approval", words: string[]) {
	return words.map((value) => ({ value, title: t(`tokens.${prefix}_${value || "profile"}` as "tokens.approval_all") }));
}

// How the requests of a SCIM connection are taken, and when they wait for somebody.
function Connection(props: { id: string; of: Tagged<TokenInfo>; reload: () => void }) {
	const profiles = useLoad((signal) => list<Profile>("/api/v1/profiles", {}, signal), []);
	const form = useForm(connectionOf(props.of.value), async (_, changed) => {
		await send("PATCH", to`tokens/${props.id}`, changeOf(changed), { ifMatch: tag.current });
		toast(t("tokens.saved"));
		props.reload();
	});
	const tag = useTag(form, { value: connectionOf(props.of.value), tag: props.of.tag });
	const names = labels();
	const overtaken = (
		<Overtaken
			form={form}
			labels={names}
			load={async () => {
				const now = await getTagged<TokenInfo>(to`tokens/${props.id}`);
				return { value: connectionOf(now.value), tag: now.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Form form={form} submit={t("tokens.save")} overtaken={overtaken} cancel={form.dirty ? () => form.reset() : undefined}>
			<SelectField
				form={form}
				name="profile"
				label={names.profile}
				hint={t("tokens.profile_hint")}
				options={(profiles.value?.items ?? []).map((one) => ({ value: one.profile, title: providerOf(one.profile) }))}
			/>
			<SelectField form={form} name="approval" label={names.approval} hint={t("tokens.approval_hint")} options={options("approval", ["privileged", "never", "all"])} />
			<NumberField form={form} name="limit_count" label={names.limit_count} hint={t("tokens.limit_count_hint")} min={0} />
			<NumberField form={form} name="limit_percent" label={names.limit_percent} hint={t("tokens.limit_percent_hint")} min={0} max={100} />
			<CheckField form={form} name="adopts" label={names.adopts} hint={t("tokens.adopts_hint")} />
			<CheckField form={form} name="roles_as_groups" label={names.roles_as_groups} hint={t("tokens.roles_as_groups_hint")} />
			<AreaField form={form} name="group_maps" label={names.group_maps} hint={t("tokens.group_maps_hint")} required={false} />
			<SelectField form={form} name="no_target" label={names.no_target} hint={t("tokens.no_target_hint")} options={options("no_target", ["add", "create", "refuse"])} />
			<NumberField form={form} name="rate" label={names.rate} hint={t("tokens.rate_hint")} min={0} />
		</Form>
	);
}

function Life(props: { id: string; of: Tagged<TokenInfo>; reload: () => void }) {
	const form = useForm<{ days: number | null }>({ days: null }, async ({ days }) => {
		await send("PATCH", to`tokens/${props.id}`, { days }, { ifMatch: props.of.tag });
		toast(t("tokens.saved"));
		props.reload();
	});
	return (
		<Form form={form} submit={t("tokens.extend")} always>
			<NumberField form={form} name="days" label={t("tokens.days")} hint={t("tokens.extend_hint")} min={1} max={3650} />
		</Form>
	);
}

function Head(props: { of: TokenInfo }) {
	const { of: token } = props;
	return (
		<Facts>
			<Fact name={t("tokens.state")}>
				<StateBadge of={token} />
			</Fact>
			<Fact name={t("tokens.type")}>{typeOf(token.type)}</Fact>
			<Fact name={t("tokens.expires")}>
				<Ends of={token} />
			</Fact>
			<Fact name={t("tokens.last_used")}>{token.last_used ? <Time at={token.last_used} /> : t("tokens.never_used")}</Fact>
			<Fact name={t("tokens.made_at")}>
				<Time at={token.created} />
			</Fact>
			{token.user && (
				<Fact name={t("tokens.person")}>
					<Link to={to`/users/${token.user}`}>{token.user}</Link>
				</Fact>
			)}
		</Facts>
	);
}

// One token: what it may, when it ends, from where it was used, and how its requests are taken.
export default function Token() {
	const { name: id = "" } = useNames();
	const title = usePermissionTitle();
	const [asked, setAsked] = useState<"rotate" | "revoke">();
	const loaded = useLoad((signal) => getTagged<TokenInfo>(to`tokens/${id}`, {}, signal), [id], ["tokens"]);
	const token = loaded.value?.value;
	const close = () => setAsked(undefined);
	return (
		<Page
			title={token?.name ?? t("tokens.one")}
			back={<Link to="/tokens">{t("tokens.title")}</Link>}
			actions={
				token && (
					<>
						<button type="button" onClick={() => setAsked("rotate")}>
							{t("tokens.rotate_ask")}
						</button>
						<button type="button" class="danger" onClick={() => setAsked("revoke")}>
							{t("tokens.revoke_ask")}
						</button>
					</>
				)
			}
		>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						<Head of={found.value} />
						{found.value.old_expires && <p>{t("tokens.old_until", { time: moment(found.value.old_expires) })}</p>}
						{found.value.type === "scim" && may("integrations.manage") && (
							<p>
								<Link to={`/provisioning?token=${encodeURIComponent(found.value.name)}`}>{t("tokens.requests")}</Link>
							</p>
						)}
						<Section title={t("tokens.uses")}>
							<Uses path={to`tokens/${id}/activity`} />
						</Section>
						{found.value.type === "scim" && (
							<Section title={t("tokens.connection")}>
								<Connection id={id} of={found} reload={loaded.reload} />
							</Section>
						)}
						<Section title={t("tokens.permissions")}>
							<Permissions of={found.value.permissions} none={t("tokens.no_permission")} title={title} />
						</Section>
						<Fold title={t("tokens.life")}>
							<Life id={id} of={found} reload={loaded.reload} />
						</Fold>
					</div>
				)}
			</Shown>
			{token && asked === "rotate" && <RotateToken id={id} name={token.name} close={close} done={loaded.reload} />}
			{token && asked === "revoke" && <RevokeToken id={id} name={token.name} close={close} done={() => go("/tokens")} />}
		</Page>
	);
}
