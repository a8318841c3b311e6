import { t } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { Empty, Link } from "../../ui";
import { useWords } from "../access/word";
import type { Person } from "../users/people";

export function Groups(props: { person: Person }) {
	const { groups } = props.person;
	const wordOf = useWords("groups", groups);
	if (groups.length === 0) {
		return (
			<Empty kind="none" title={t("person.no_groups")}>
				{t("person.no_groups_lead")}
			</Empty>
		);
	}
	return (
		<ul class="held" aria-label={t("person.tab_groups")}>
			{groups.map((name) => (
				<li key={name}>{may("groups.view") ? <Link to={to`/groups/${wordOf(name)}`}>{name}</Link> : name}</li>
			))}
		</ul>
	);
}
