import { useState } from "preact/hooks";
import { get, list, send } from "../../api";
import { duration, number, t, tWord } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { Badge, DataTable, Empty, Fact, Facts, failureText, Section, Shown, Time, toast, type Tone } from "../../ui";
import { nameOfPerson, type Person } from "../users/people";
import { StateDialog } from "../users/state-dialog";
import { type Attempt, type Finding, findingsOf, longestWait, type Remedy, type SignIn, verdictOf } from "./diagnosis";
import { NotAllowed } from "./not-allowed";
import { PasswordDialog } from "./password";

const tones: Record<string, Tone> = { "signin.succeeded": "good", "signin.failed": "warn", "signin.locked": "bad" };
const verdicts = { yes: "good", no: "bad", wait: "warn" } as const;

// Whether the person can sign in, and who tried.
export function Activity(props: { person: Person; reload: () => void }) {
	const { person } = props;
	return (
		<>
			<Section title={t("person.can_sign_in")}>
				{may("users.set_password") ? <Diagnosis {...props} /> : <NotAllowed permission="users.set_password" />}
			</Section>
			<Section title={t("person.attempts")}>
				{may("audit.view") ? <Attempts person={person} /> : <NotAllowed permission="audit.view" />}
			</Section>
		</>
	);
}

function Attempts(props: { person: Person }) {
	return (
		<DataTable<Attempt>
			name="activity"
			caption={t("person.attempts")}
			views
			columns={[
				{ name: "last", title: t("person.time"), cell: (row) => <Time at={row.last} /> },
				{
					name: "event",
					title: t("person.event"),
					cell: (row) => (
						<Badge tone={tones[row.event] ?? "info"}>{tWord("person.event_", row.event.replace("signin.", ""))}</Badge>
					),
				},
				{ name: "count", title: t("person.count"), end: true, cell: (row) => number(row.count) },
				{ name: "ip", title: t("person.ip"), cell: (row) => row.ip ?? "–" },
				{ name: "channel", title: t("person.channel"), cell: (row) => tWord("person.channel_", row.channel) },
				{ name: "client", title: t("person.client"), cell: (row) => row.client ?? "–" },
			]}
			load={({ cursor, limit }, signal) => list<Attempt>(to`users/${props.person.id}/activity`, { cursor, limit }, signal)}
			topics={["audit"]}
			id={(row) => `${row.event} ${row.first} ${row.ip ?? ""} ${row.channel}`}
			empty={
				<Empty kind="new" title={t("person.no_attempts")}>
					{t("person.no_attempts_lead")}
				</Empty>
			}
		/>
	);
}

function Diagnosis(props: { person: Person; reload: () => void }) {
	const { person, reload } = props;
	const loaded = useLoad(
		(signal) => get<SignIn>(to`users/${person.id}/sign-in`, {}, signal),
		[person.id, person.revision],
		["users", "audit"],
	);
	// The dialogs are not the finding's: it is gone as soon as it is remedied, and what a dialog then
	// tells, as a password that was made, must stay.
	const [open, setOpen] = useState<Remedy>(null);
	const close = () => setOpen(null);
	const again = () => {
		loaded.reload();
		reload();
	};
	return (
		<>
			<Shown of={loaded}>
				{(said) => (
					<>
						<p>
							<Badge tone={verdicts[verdictOf(said)]}>{t(`person.sign_in_${verdictOf(said)}`)}</Badge>
						</p>
						{findingsOf(said).length > 0 && (
							<ul class="findings">
								{findingsOf(said).map((finding) => (
									<li key={finding.reason}>
										<Found finding={finding} said={said} person={person} again={again} open={setOpen} />
									</li>
								))}
							</ul>
						)}
						<Facts>
							<Fact name={t("person.password")}>{t(`person.password_${said.password}`)}</Fact>
							<Fact name={t("person.password_changed")}>
								<Time at={said.password_changed} />
							</Fact>
							<Fact name={t("person.must_change")}>{t(said.must_change ? "users.yes" : "users.no")}</Fact>
							<Fact name={t("person.second_factor")}>{t(said.totp ? "users.yes" : "users.no")}</Fact>
							<Fact name={t("person.field_expires")}>
								<Time at={said.expires} />
							</Fact>
							<Fact name={t("users.column_last_login")}>
								<Time at={said.last_login} />
							</Fact>
						</Facts>
					</>
				)}
			</Shown>
			{open === "activate" && (
				<StateDialog id={person.id} name={nameOfPerson(person)} active={false} close={close} done={again} />
			)}
			{open === "password" && <PasswordDialog person={person} close={close} done={again} />}
		</>
	);
}

function Found(props: {
	finding: Finding;
	said: SignIn;
	person: Person;
	again: () => void;
	open: (remedy: Remedy) => void;
}) {
	const { finding, said, person, again, open } = props;
	const { remedy } = finding;
	const text =
		finding.reason === "waits"
			? t("person.waits", { n: said.waits.length, wait: duration(longestWait(said) * 1000) })
			: finding.sources.length > 0
				? t("person.inactive_by", { sources: finding.sources.join(", ") })
				: tWord("person.missing_", finding.reason);
	const run = {
		unlock: () =>
			void send("POST", to`users/${person.id}/unlock`).then(
				() => {
					toast(t("person.unlocked"));
					again();
				},
				(error: unknown) => toast(failureText(asApiError(error)), "bad"),
			),
		activate: () => open(remedy),
		password: () => open(remedy),
		expiry: () => go(to`/users/${person.id}/edit`),
		directory: () => go(`/users/${person.id}?tab=sync`),
	};
	const allowed = {
		unlock: true,
		activate: may("users.deactivate"),
		password: said.password !== "directory",
		expiry: may("users.edit"),
		directory: true,
	};
	return (
		<>
			{text}{" "}
			{remedy && allowed[remedy] && (
				<button type="button" onClick={run[remedy]}>
					{t(`person.remedy_${remedy}`)}
				</button>
			)}
		</>
	);
}
