import { list } from "../../api";
import { t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, DataTable, Empty, Fact, Facts, Link, Section, Shown, Time, type Tone } from "../../ui";
import type { Person } from "../users/people";
import { NotAllowed } from "./not-allowed";
import type { UserSource } from "./profile-rows";

interface ProvisionRow {
	row: number;
	time: string;
	outcome: string;
	status: number;
	method: string | null;
	path: string | null;
	detail: string | null;
	token: string | null;
}

const tones: Record<string, Tone> = {
	succeeded: "good",
	unchanged: "quiet",
	held: "warn",
	refused: "bad",
	failed: "bad",
};

function asked(row: ProvisionRow): string {
	return [row.method && tWord("provisioning.method_", row.method), row.path].filter(Boolean).join(" ") || "–";
}

// Which directories and connections stand behind the person, and what they did.
export function Sync(props: { person: Person }) {
	const { person } = props;
	const loaded = useLoad(
		async (signal) => (await list<UserSource>(to`users/${person.id}/sources`, {}, signal)).items,
		[person.id, person.revision],
		["directories"],
	);
	return (
		<>
			<Section title={t("person.sources")}>
				<Shown of={loaded}>
					{(sources) =>
						sources.length === 0 ? (
							<Empty kind="new" title={t("person.no_sources")}>
								{t("person.no_sources_lead")}
							</Empty>
						) : (
							<ul class="cards sources">
								{sources.map((source) => (
									<Source key={source.id} source={source} />
								))}
							</ul>
						)
					}
				</Shown>
			</Section>
			<Section title={t("person.provisioning")}>
				{may("integrations.manage") ? <Provisioning person={person} /> : <NotAllowed permission="integrations.manage" />}
			</Section>
		</>
	);
}

function Source(props: { source: UserSource }) {
	const { source } = props;
	const directory = source.type === "directory";
	const seen = may(directory ? "directories.manage" : "clients.manage");
	const at = directory ? to`/directories/${source.name}` : to`/tokens/${source.name}`;
	return (
		<li class="card">
			<h3>
				{seen ? <Link to={at}>{source.name}</Link> : source.name}{" "}
				<Badge tone="quiet">{t(directory ? "person.directory" : "person.connection")}</Badge>
			</h3>
			{source.state && <p class="reason">{t("person.kept_out", { state: tWord("person.link_", source.state.replaceAll(" ", "_")) })}</p>}
			<Facts>
				{source.dn && <Fact name={t("person.dn")}>{source.dn}</Fact>}
				{source.anchor && <Fact name={t("person.anchor")}>{source.anchor}</Fact>}
				{source.external_id && <Fact name={t("person.external_id")}>{source.external_id}</Fact>}
				<Fact name={t("person.says")}>
					{source.attributes.map((one) => tWord("person.field_", one)).join(", ") || t("person.says_nothing")}
				</Fact>
			</Facts>
		</li>
	);
}

function Provisioning(props: { person: Person }) {
	return (
		<DataTable<ProvisionRow>
			name="person-provisioning"
			views
			caption={t("person.provisioning")}
			columns={[
				{ name: "time", title: t("person.time"), cell: (row) => <Time at={row.time} /> },
				{
					name: "outcome",
					title: t("person.outcome"),
					cell: (row) => (
						<Badge tone={tones[row.outcome] ?? "info"}>{tWord("person.outcome_", row.outcome)}</Badge>
					),
				},
				{ name: "token", title: t("person.source"), cell: (row) => row.token ?? "–" },
				{ name: "what", title: t("person.request"), cell: asked },
				{ name: "detail", title: t("users.job_why"), cell: (row) => row.detail ?? "–" },
			]}
			load={({ cursor, limit }, signal) =>
				list<ProvisionRow>("provisioning", { subject: props.person.id, cursor, limit }, signal)
			}
			topics={["provisioning"]}
			id={(row) => String(row.row)}
			empty={
				<Empty kind="new" title={t("person.no_provisioning")}>
					{t("person.no_provisioning_lead")}
				</Empty>
			}
		/>
	);
}
