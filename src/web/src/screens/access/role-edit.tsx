import { useRef, useState } from "preact/hooks";
import { ApiError, getTagged, send, type Tagged } from "../../api";
import { t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { Changed, Empty, Link, Page, Shown, toast, useForm, useNames } from "../../ui";
import { usePermissions } from "./catalogue";
import { RoleForm, type RoleValues } from "./role-form";
import type { Permission, Role } from "./rows";
import "../../style/access.css";

function valuesOf(role: Role): RoleValues {
	return {
		name: role.common_name,
		description: role.description?.[0] ?? "",
		level: role.level ?? null,
		permissions: [...(role.permission ?? [])].sort(),
	};
}

const read = (id: string, signal?: AbortSignal) => getTagged<Role>(to`roles/${id}`, { limit: 0 }, signal);

function Edit(props: { of: Tagged<Role>; known: readonly Permission[] }) {
	const { id, member_count } = props.of.value;
	const [base, setBase] = useState(props.of);
	const tag = useRef(base.tag);
	const [theirs, setTheirs] = useState<Tagged<Role>>();
	const before = valuesOf(base.value);

	async function put(changed: Partial<RoleValues>) {
		await send("PATCH", to`roles/${id}`, changed, { ifMatch: tag.current });
		toast(t("access.role_saved", { name: form.values.name }));
		go(to`/roles/${id}`);
	}

	// Who comes and goes makes a new revision too, which is nothing to be asked about.
	async function overtaken(error: ApiError, changed: Partial<RoleValues>) {
		if (error.status !== 412) throw error;
		const now = await read(id);
		if (JSON.stringify(valuesOf(now.value)) !== JSON.stringify(before)) {
			setTheirs(now);
			throw error;
		}
		tag.current = now.tag;
		await put(changed);
	}

	const form = useForm<RoleValues>(before, async (_, changed) => {
		try {
			await put(changed);
		} catch (reason) {
			await overtaken(asApiError(reason), changed);
		}
	});
	return (
		<RoleForm
			form={form}
			known={props.known}
			submit={t("access.save")}
			before={{ id, held: member_count, permissions: before.permissions }}
			cancel={() => go(to`/roles/${id}`)}
			overtaken={
				theirs && (
					<Changed
						mine={form.values}
						theirs={valuesOf(theirs.value)}
						labels={{
							name: t("access.name"),
							description: t("access.description"),
							level: t("access.level"),
							permissions: t("access.permissions"),
						}}
						keep={() => {
							tag.current = theirs.tag;
							setBase(theirs);
							void form.submit();
						}}
						take={() => {
							tag.current = theirs.tag;
							setBase(theirs);
							setTheirs(undefined);
							form.reset(valuesOf(theirs.value));
						}}
					/>
				)
			}
		/>
	);
}

export default function EditRole() {
	const { id = "" } = useNames();
	const role = useLoad((signal) => read(id, signal), [id]);
	const known = usePermissions();
	const name = role.value?.value.common_name ?? "";
	return (
		<Page
			title={name ? t("access.edit_role", { name }) : t("access.edit")}
			back={<Link to={to`/roles/${id}`}>{name || t("access.back_to_roles")}</Link>}
		>
			<Shown of={role}>
				{(tagged) =>
					tagged.value.built_in || !may("roles.edit") ? (
						<Empty kind="none" title={t("access.built_in_title")} action={<Link to={to`/roles/${id}`}>{name}</Link>}>
							{t("access.built_in_lead")}
						</Empty>
					) : (
						<Shown of={known}>{(permissions) => <Edit of={tagged} known={permissions} />}</Shown>
					)
				}
			</Shown>
		</Page>
	);
}
