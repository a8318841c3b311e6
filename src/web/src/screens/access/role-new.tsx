import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { Link, Page, Shown, toast, useForm } from "../../ui";
import { usePermissions } from "./catalogue";
import { RoleForm, type RoleValues } from "./role-form";
import "../../style/access.css";

const blank: RoleValues = { name: "", description: "", level: null, permissions: [] };

export default function NewRole() {
	const known = usePermissions();
	const form = useForm<RoleValues>(blank, async ({ name, description, level, permissions }) => {
		const made = await send<{ id: string }>("POST", "roles", {
			role: name.trim(),
			permissions,
			...(description ? { description } : {}),
			...(level === null ? {} : { level }),
		});
		toast(t("access.role_created", { name: name.trim() }));
		go(to`/roles/${made.id}`);
	});
	// The API calls the name of a new role "role".
	const errors = form.errors.role ? { ...form.errors, name: form.errors.role } : form.errors;
	return (
		<Page title={t("access.new_role")} back={<Link to="/roles">{t("access.back_to_roles")}</Link>}>
			<Shown of={known}>
				{(permissions) => (
					<RoleForm
						form={{ ...form, errors }}
						known={permissions}
						submit={t("access.create_role")}
						cancel={() => go("/roles")}
					/>
				)}
			</Shown>
		</Page>
	);
}
