import { useState } from "preact/hooks";
import { get, getTagged, send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { Actions, ConfirmDialog, Dialog, Link, Shown, toast } from "../../ui";
import { Holders } from "./holders";
import type { Role } from "./rows";

export interface Named {
	id: string;
	name: string;
}

// A role of one's own with the permissions of another.
export function DuplicateRole(props: { of: Named; close: () => void }) {
	const { id, name } = props.of;
	const [copy, setCopy] = useState(t("access.copy_of", { name }));
	return (
		<ConfirmDialog
			title={t("access.duplicate_title", { name })}
			confirm={t("access.duplicate")}
			close={props.close}
			run={async () => {
				const made = await send<{ id: string }>("POST", to`roles/${id}/duplicate`, { name: copy.trim() });
				toast(t("access.duplicated", { name: copy.trim() }));
				go(to`/roles/${made.id}/edit`);
			}}
		>
			<p>{t("access.duplicate_lead")}</p>
			<div class="field">
				<label for="copy-name">{t("access.name_of_copy")}</label>
				<input id="copy-name" required maxLength={128} value={copy} onInput={(event) => setCopy(event.currentTarget.value)} />
			</div>
		</ConfirmDialog>
	);
}

// A role that somebody holds is not deleted: who that is stands here instead.
export function DeleteRole(props: { of: Named; close: () => void; done: () => void }) {
	const { id, name } = props.of;
	const loaded = useLoad((signal) => get<Role>(to`roles/${id}`, { limit: 0 }, signal), [id], ["roles"]);
	const held = loaded.value?.member_count ?? 0;
	const members = `${to`/roles/${id}`}?tab=members`;
	if (loaded.value && held === 0) {
		return (
			<ConfirmDialog
				title={t("access.delete_role_title", { name })}
				confirm={t("access.delete_role")}
				danger
				typed={name}
				close={props.close}
				run={async () => {
					const { tag } = await getTagged<Role>(to`roles/${id}`, { limit: 0 });
					await send("DELETE", to`roles/${id}`, undefined, { ifMatch: tag });
					toast(t("access.role_deleted", { name }));
					props.done();
				}}
			>
				<p>{t("access.delete_role_lead")}</p>
			</ConfirmDialog>
		);
	}
	return (
		<Dialog title={t("access.delete_role_title", { name })} close={props.close}>
			<Shown of={loaded}>
				{() => (
					<>
						<p>
							<strong>{t("access.delete_held", { n: held })}</strong> {t("access.delete_held_lead")}
						</p>
						<Holders id={id} count={held} all={members} left={props.close} />
					</>
				)}
			</Shown>
			<Actions cancel={props.close} word={t("shell.close")}>
				<Link to={members} class="button primary" left={props.close}>
					{t("access.see_members")}
				</Link>
			</Actions>
		</Dialog>
	);
}
