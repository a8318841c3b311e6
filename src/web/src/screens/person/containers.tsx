import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { may } from "../../session";
import { ConfirmDialog, Empty, type Job, Link, toast } from "../../ui";
import { useWords } from "../access/word";
import { Picker } from "../users/bulk";
import { type Company, emptyScopeMeansAll, holdsOneRole, labelOf } from "../users/company";
import { nameOfPerson, type Person } from "../users/people";

type What = "roles" | "scopes";

function mayGive(what: What): boolean {
	return what === "scopes" ? may("scopes.assign") : may("roles.assign") || may("roles.assign_any");
}

// The roles or the scopes that somebody holds; given and taken here by whoever may.
export function Containers(props: { what: What; person: Person; company: Company; reload: () => void }) {
	const { what, person, company, reload } = props;
	const [adding, setAdding] = useState(false);
	const [taking, setTaking] = useState<string>();
	const names = person[what];
	const wordOf = useWords(what, names);
	const give = mayGive(what);
	const label = labelOf(company, what);
	return (
		<>
			{what === "scopes" && names.length === 0 ? (
				<Empty kind="none" title={t(emptyScopeMeansAll(company) || person.full_access ? "person.company_wide" : "person.no_data")}>
					{t(emptyScopeMeansAll(company) || person.full_access ? "person.company_wide_lead" : "person.no_data_lead")}
				</Empty>
			) : names.length === 0 ? (
				<Empty kind="none" title={t("person.no_roles")}>
					{t("person.no_roles_lead")}
				</Empty>
			) : (
				<ul class="held" aria-label={label}>
					{names.map((name) => (
						<li key={name}>
							{may(`${what}.view`) ? <Link to={to`/${what}/${wordOf(name)}`}>{name}</Link> : name}
							{give && (
								<button
									type="button"
									class="plain"
									aria-label={t("person.take_of", { name })}
									onClick={() => setTaking(name)}
								>
									{t("person.take")}
								</button>
							)}
						</li>
					))}
				</ul>
			)}
			{give && (
				<p>
					<button type="button" onClick={() => setAdding(true)}>
						{t(what === "scopes" ? "person.add_scope" : holdsOneRole(company) ? "person.change_role" : "person.add_role")}
					</button>
				</p>
			)}
			{adding && <Give what={what} person={person} company={company} close={() => setAdding(false)} reload={reload} />}
			{taking !== undefined && (
				<ConfirmDialog
					title={t("person.take_title", { name: taking, person: nameOfPerson(person) })}
					confirm={t("person.take")}
					danger
					run={async () => {
						await send("DELETE", to`${what}/${wordOf(taking)}/members/${person.id}`);
						toast(t("person.taken", { name: taking }));
						reload();
					}}
					close={() => setTaking(undefined)}
				>
					<p>{t(what === "roles" ? "users.effect_unassign_role" : "users.effect_unassign_scope")}</p>
				</ConfirmDialog>
			)}
		</>
	);
}

function Give(props: { what: What; person: Person; company: Company; close: () => void; reload: () => void }) {
	const { what, person, company, close, reload } = props;
	const [chosen, setChosen] = useState<string>();
	const one = what === "roles" ? "role" : "scope";
	const replaces = what === "roles" && holdsOneRole(company) && person.roles.length > 0;

	async function run() {
		if (replaces) {
			// In one step: nobody is without a role in between.
			const asked = { action: "assign-role", users: [person.id], role: chosen, replace: true, preview: true };
			go(to`/jobs/${(await send<Job>("POST", "users/bulk", asked)).job}`);
			return;
		}
		await send("POST", to`${what}/${chosen ?? ""}/members`, { user: person.id });
		toast(t("person.given"));
		reload();
	}

	return (
		<ConfirmDialog
			title={t(what === "scopes" ? "person.add_scope" : replaces ? "person.change_role" : "person.add_role")}
			confirm={t(replaces ? "users.show_preview" : "person.give")}
			run={run}
			close={close}
		>
			<p>{t(what === "roles" ? "users.effect_assign_role" : "users.effect_assign_scope")}</p>
			<Picker what={one} label={labelOf(company, what)} take={setChosen} />
		</ConfirmDialog>
	);
}
