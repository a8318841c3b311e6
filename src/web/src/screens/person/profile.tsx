import { list } from "../../api";
import { moment, t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Fact, Facts, Link, Scroll, Section, Shown, Time } from "../../ui";
import { Never } from "../users/columns";
import { type Person, wasModified } from "../users/people";
import { type ProfileRow, profileRows, type UserSource } from "./profile-rows";

function Value(props: { row: ProfileRow; person: Person }) {
	const { row, person } = props;
	if (row.values.length === 0) return <span class="quiet">–</span>;
	if (row.name === "manager") return <Link to={to`/users/${person.manager ?? ""}`}>{row.values[0]}</Link>;
	if (row.name === "full_access") return <>{t("users.yes")}</>;
	if (row.name === "expires") return <>{moment(row.values[0] ?? "")}</>;
	return <>{row.values.join(", ")}</>;
}

// What is said of the person, and by whom.
export function Profile(props: { person: Person }) {
	const { person } = props;
	const loaded = useLoad(
		async (signal) => (await list<UserSource>(to`users/${person.id}/sources`, {}, signal)).items,
		[person.id, person.revision],
	);
	return (
		<>
			<Facts>
				<Fact name={t("users.column_last_login")}>
					<Never at={person.last_login} />
				</Fact>
				<Fact name={t("users.column_modified")}>
					<Never at={wasModified(person) ? person.modified : undefined} />
				</Fact>
				<Fact name={t("users.column_created")}>
					<Time at={person.created} />
				</Fact>
				<Fact name={t("users.column_reports")}>
					{person.reports > 0 ? <Link to={`/users?below=${person.id}`}>{person.reports}</Link> : 0}
				</Fact>
			</Facts>
			<Section title={t("person.details")}>
				<Shown of={loaded}>
					{(sources) => (
						<Scroll label={t("person.details")}>
							<table>
								<caption class="hidden">{t("person.details")}</caption>
								<thead>
									<tr>
										<th scope="col">{t("shell.diff_attribute")}</th>
										<th scope="col">{t("person.value")}</th>
										<th scope="col">{t("users.column_sources")}</th>
									</tr>
								</thead>
								<tbody>
									{profileRows(person, sources).map((row) => (
										<tr key={row.name}>
											<th scope="row">{t(`person.field_${row.name}`)}</th>
											<td>
												<Value row={row} person={person} />
											</td>
											<td>{row.values.length > 0 ? row.by.join(", ") || t("users.source_here") : ""}</td>
										</tr>
									))}
								</tbody>
							</table>
						</Scroll>
					)}
				</Shown>
			</Section>
			{person.apps && person.apps.length > 0 && (
				<Section title={t("person.section_apps")}>
					<Scroll label={t("person.section_apps")}>
						<table>
							<caption class="hidden">{t("person.section_apps")}</caption>
							<thead>
								<tr>
									<th scope="col">{t("person.app")}</th>
									<th scope="col">{t("person.app_status")}</th>
									<th scope="col">{t("person.app_version")}</th>
								</tr>
							</thead>
							<tbody>
								{person.apps.map((app) => (
									<tr key={app.value}>
										<th scope="row">{app.value}</th>
										<td>{app.status ?? "–"}</td>
										<td>{app.version ?? "–"}</td>
									</tr>
								))}
							</tbody>
						</table>
					</Scroll>
				</Section>
			)}
		</>
	);
}
