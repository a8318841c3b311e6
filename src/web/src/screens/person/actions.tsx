import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { may } from "../../session";
import { ConfirmDialog, Link, Menu, MenuItem, toast } from "../../ui";
import { nameOfPerson, type Person } from "../users/people";
import { StateDialog } from "../users/state-dialog";
import { PasswordDialog } from "./password";

type Doing = "state" | "password" | "delete";

export function Actions(props: { person: Person; reload: () => void }) {
	const { person, reload } = props;
	const [doing, setDoing] = useState<Doing>();
	const close = () => setDoing(undefined);
	const name = nameOfPerson(person);
	return (
		<>
			{may("users.edit") && (
				<Link to={to`/users/${person.id}/edit`} class="button">
					{t("users.edit")}
				</Link>
			)}
			{may("users.deactivate") && (
				<button type="button" class={person.active ? "danger" : undefined} onClick={() => setDoing("state")}>
					{t(person.active ? "users.suspend_one" : "users.reactivate_one")}
				</button>
			)}
			{(may("users.set_password") || may("users.delete")) && (
				<Menu label={t("users.bulk_more")}>
					{may("users.set_password") && (
						<MenuItem run={() => setDoing("password")}>{t("person.password_menu")}</MenuItem>
					)}
					{may("users.delete") && (
						<MenuItem danger run={() => setDoing("delete")}>
							{t("person.delete")}
						</MenuItem>
					)}
				</Menu>
			)}
			{doing === "state" && (
				<StateDialog id={person.id} name={name} active={person.active} close={close} done={reload} />
			)}
			{doing === "password" && <PasswordDialog person={person} close={close} done={reload} />}
			{doing === "delete" && (
				<ConfirmDialog
					title={t("person.delete_title", { name })}
					confirm={t("person.delete")}
					danger
					typed={person.user_name}
					run={async () => {
						await send("DELETE", to`users/${person.id}`);
						toast(t("person.deleted", { name }));
						go("/users");
					}}
					close={close}
				>
					<p>{t("users.effect_delete")}</p>
				</ConfirmDialog>
			)}
		</>
	);
}
