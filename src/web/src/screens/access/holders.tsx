import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Link, Shown } from "../../ui";
import { nameOfRow, type UserRow } from "../users/people";
import { peopleOf } from "./members";

const SHOWN = 20;

// The first of those who hold it, and the way to all of them.
export function Holders(props: { id: string; count: number; all: string; left?: () => void }) {
	const { id, count } = props;
	const seen = may("users.view") && count > 0;
	const loaded = useLoad(
		async (signal) =>
			seen ? (await list<UserRow>("users", { filter: peopleOf(id), sort: "name", limit: SHOWN }, signal)).items : [],
		[id, seen],
		["users", "roles"],
	);
	if (!seen) return null;
	return (
		<Shown of={loaded}>
			{(people) => (
				<>
					<ul class="tags">
						{people.map((one) => (
							<li key={one.id}>
								<Link to={to`/users/${one.id}`}>{nameOfRow(one)}</Link>
							</li>
						))}
					</ul>
					{count > people.length && (
						<p>
							<Link to={props.all} left={props.left}>{t("access.holders_all", { n: count })}</Link>
						</p>
					)}
				</>
			)}
		</Shown>
	);
}
