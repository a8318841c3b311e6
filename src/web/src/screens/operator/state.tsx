import { send } from "../../api";
import { t } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, toast } from "../../ui";
import type { Company } from "./company";
import "../../style/access.css";

// Shuts a company out or lets it in again, after saying what that does to whom.
export function StateDialog(props: { of: Company; close: () => void; done: () => void }) {
	const { tenant: company, active, users, clients, directories } = props.of;
	async function run() {
		const path = `/api/v1${to`/tenants/${company}/`}${active ? "suspend" : "resume"}`;
		await send("POST", path);
		toast(t(active ? "operator.was_suspended" : "operator.was_resumed", { company }));
		props.done();
	}
	return (
		<ConfirmDialog
			title={t(active ? "operator.suspend_title" : "operator.resume_title", { company })}
			confirm={t(active ? "operator.suspend_submit" : "operator.resume_submit")}
			danger={active}
			typed={company}
			run={run}
			close={props.close}
		>
			<p>{t(active ? "operator.suspend_lead" : "operator.resume_lead")}</p>
			<ul class="points">
				<li>{t(active ? "operator.suspend_people" : "operator.resume_people", { n: users })}</li>
				<li>{t(active ? "operator.suspend_clients" : "operator.resume_clients", { n: clients })}</li>
				<li>{t(active ? "operator.suspend_directories" : "operator.resume_directories", { n: directories })}</li>
			</ul>
			<p>{t(active ? "operator.suspend_kept" : "operator.resume_again")}</p>
		</ConfirmDialog>
	);
}
