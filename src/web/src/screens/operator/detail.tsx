import { useState } from "preact/hooks";
import { get } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Empty, Fact, Facts, Link, Page, Section, Shown, useNames } from "../../ui";
import type { Company } from "./company";
import { Health } from "./health";
import { StateBadge } from "./parts";
import { PlaceDialog } from "./place";
import { StateDialog } from "./state";
import "../../style/access.css";

interface Settings {
	preset: "pegotec" | "users-app" | "titanus";
	name: string | null;
	support_contact: string | null;
}

interface Known {
	company: Company;
	settings?: Settings;
}

// To see into a company takes more than to open and close it.
const enters = () => may("tenants.switch");

async function load(name: string, signal: AbortSignal): Promise<Known> {
	const path = `/api/v1${to`/tenants/${name}`}`;
	const [company, settings] = await Promise.all([
		get<Company>(path, {}, signal),
		enters() ? get<Settings>(`${path}/settings`, {}, signal) : undefined,
	]);
	return settings ? { company, settings } : { company };
}

function About(props: { of: Known }) {
	const { company, settings } = props.of;
	return (
		<Facts>
			<Fact name={t("operator.state")}>
				<StateBadge of={company} />
			</Fact>
			{settings?.name && <Fact name={t("operator.shown_name")}>{settings.name}</Fact>}
			<Fact name={t("operator.kind")}>{t(`operator.kind_${company.type}`)}</Fact>
			<Fact name={t("operator.parent")}>
				{company.parent ? <Link to={to`/tenants/${company.parent}`}>{company.parent}</Link> : "–"}
			</Fact>
			{settings && <Fact name={t("operator.preset")}>{t(`operator.preset_${settings.preset}`)}</Fact>}
			{settings?.support_contact && <Fact name={t("operator.contact")}>{settings.support_contact}</Fact>}
			<Fact name={t("operator.people")}>{number(company.users)}</Fact>
			<Fact name={t("operator.roles")}>{number(company.roles)}</Fact>
			<Fact name={t("operator.groups")}>{number(company.groups)}</Fact>
			<Fact name={t("operator.clients")}>{number(company.clients)}</Fact>
			<Fact name={t("operator.directories")}>{number(company.directories)}</Fact>
			<Fact name={t("operator.changes")}>{number(company.changes)}</Fact>
		</Facts>
	);
}

function Actions(props: { of: Company; place: () => void; state: () => void }) {
	const { of: company } = props;
	return (
		<>
			{enters() && (
				<Link class="button primary" to="/" within={company.tenant}>
					{t("operator.enter_company")}
				</Link>
			)}
			{!company.erasing && (
				<>
					<button type="button" onClick={props.place}>
						{t("operator.place")}
					</button>
					<button type="button" class={company.active ? "danger" : undefined} onClick={props.state}>
						{t(company.active ? "operator.suspend" : "operator.resume")}
					</button>
				</>
			)}
		</>
	);
}

// One company as its operators see it: what it is, how it stands, and the way into it.
export default function CompanyDetail() {
	const { name = "" } = useNames();
	const [open, setOpen] = useState<"place" | "state">();
	const loaded = useLoad((signal) => load(name, signal), [name], ["tenants"]);
	const known = loaded.value;
	const close = () => setOpen(undefined);
	return (
		<Page
			title={name}
			back={<Link to="/tenants">{t("shell.menu_tenants")}</Link>}
			actions={known && <Actions of={known.company} place={() => setOpen("place")} state={() => setOpen("state")} />}
		>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						{found.company.erasing && <p class="notice">{t("operator.erasing_lead")}</p>}
						<About of={found} />
						{enters() && found.company.active && found.company.users === 0 && (
							<Empty
								kind="new"
								title={t("operator.nobody")}
								action={
									<Link to="/users/new" within={name}>
										{t("operator.first_person")}
									</Link>
								}
							>
								{t("operator.nobody_lead")}
							</Empty>
						)}
						{enters() && <Health company={name} />}
						{enters() && (
							<Section title={t("operator.history")}>
								<p>
									<Link to="/audit" within={name}>
										{t("operator.history_link", { company: name })}
									</Link>
								</p>
							</Section>
						)}
					</div>
				)}
			</Shown>
			{open === "place" && known && <PlaceDialog of={known.company} close={close} done={loaded.reload} />}
			{open === "state" && known && <StateDialog of={known.company} close={close} done={loaded.reload} />}
		</Page>
	);
}
