import { getTagged } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Link, Page, Shown, Tabs, useNames } from "../../ui";
import { StateBadge } from "../users/columns";
import { type Company, labelOf, useCompany } from "../users/company";
import { nameOfPerson, type Person } from "../users/people";
import { Access } from "./access";
import { Actions } from "./actions";
import { Activity } from "./activity";
import { Containers } from "./containers";
import { Groups } from "./groups";
import { History } from "./history";
import { Profile } from "./profile";
import { Sync } from "./sync";
import "../../style/users.css";

// All that is known of one person.
export default function Detail() {
	const { id = "" } = useNames();
	const company = useCompany();
	const loaded = useLoad((signal) => getTagged<Person>(to`users/${id}`, {}, signal), [id], ["users", "roles", "scopes", "groups"]);
	const person = loaded.value?.value;
	if (loaded.error?.status === 404) return <Gone company={company} />;
	return (
		<Page
			title={person ? nameOfPerson(person) : t("person.title")}
			back={
				<>
					<Link to="/users">{labelOf(company, "users")}</Link> / {person?.emails?.[0] ?? person?.user_name ?? "…"}
				</>
			}
			actions={person && <Actions person={person} reload={loaded.reload} />}
			lead={
				person && (
					<>
						<StateBadge of={person} /> {person.sources.length > 0 && t("person.comes_from", { sources: person.sources.join(", ") })}
					</>
				)
			}
		>
			<Shown of={loaded}>
				{({ value }) => <Tabs label={t("person.tabs")} tabs={tabsOf(value, company, loaded.reload)} />}
			</Shown>
		</Page>
	);
}

function tabsOf(person: Person, company: Company, reload: () => void) {
	const scopes = labelOf(company, "scopes");
	const common = { person, company, reload };
	return [
		{ name: "profile", title: t("person.tab_profile"), show: () => <Profile person={person} /> },
		{ name: "access", title: t("person.tab_access", { roles: labelOf(company, "roles") }), show: () => <Access {...common} /> },
		{ name: "scopes", title: scopes, show: () => <Containers what="scopes" {...common} /> },
		{ name: "groups", title: t("person.tab_groups"), show: () => <Groups person={person} /> },
		{ name: "activity", title: t("person.tab_activity"), show: () => <Activity person={person} reload={reload} /> },
		{ name: "sync", title: t("person.tab_sync"), show: () => <Sync person={person} /> },
		{ name: "history", title: t("person.tab_history"), show: () => <History person={person} /> },
	];
}

export function Gone(props: { company: Company }) {
	return (
		<Page title={t("person.gone")} back={<Link to="/users">{labelOf(props.company, "users")}</Link>}>
			<p>{t("person.gone_lead")}</p>
		</Page>
	);
}
