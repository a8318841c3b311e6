import { get } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { Badge, Fact, Facts, Link, Section, Shown } from "../../ui";
import { Certificate } from "./standing";

interface ServerStatus {
	version: string;
	state: string;
	doors: Record<string, string>;
	tenants: number;
	entries: number;
	certificate_ends?: Record<string, string>;
	octets_used?: number;
	octets_quota?: number;
	tokens_expiring?: number;
	waiting?: { tenant: string; held: number; conflicts: number; plans: number }[];
}

function Companies(props: { of: NonNullable<ServerStatus["waiting"]> }) {
	return (
		<Section title={t("status.waiting_companies")}>
			<ul class="waits">
				{props.of.map((row) => (
					<li key={row.tenant}>
						<Badge tone="warn">{number(row.conflicts + row.plans + row.held)}</Badge>
						<div>
							<Link to="/" within={row.tenant}>
								{row.tenant}
							</Link>
							<p class="quiet">
								{t("status.open_conflicts")} {number(row.conflicts)} · {t("status.held_plans")} {number(row.plans)} ·{" "}
								{t("status.held_changes")} {number(row.held)}
							</p>
						</div>
					</li>
				))}
			</ul>
		</Section>
	);
}

// How the daemon is, and which companies wait for an administrator.
export function Server() {
	const loaded = useLoad(
		(signal) => get<ServerStatus>("/api/v1/status", {}, signal),
		[],
		["tenants", "conflicts", "held", "plans"],
	);
	return (
		<Shown of={loaded}>
			{(server) => (
				<div class="section">
					<Facts>
						<Fact name={t("status.server_state")}>
							<Badge tone={server.state === "ready" ? "good" : "warn"}>{server.state}</Badge>
						</Fact>
						<Fact name={t("status.companies")}>{number(server.tenants)}</Fact>
						<Fact name={t("status.entries")}>{number(server.entries)}</Fact>
						{server.octets_used !== undefined && server.octets_quota ? (
							<Fact name={t("status.store")}>
								{t("status.percent", { n: Math.round((100 * server.octets_used) / server.octets_quota) })}
							</Fact>
						) : null}
						<Fact name={t("status.tokens_expiring")}>{number(server.tokens_expiring ?? 0)}</Fact>
						{Object.entries(server.certificate_ends ?? {}).map(([door, ends]) => (
							<Fact key={door} name={t("status.certificate_of", { door: door.toUpperCase() })}>
								<Certificate ends={ends} />
							</Fact>
						))}
						{server.doors.status && (
							<Fact name={t("status.for_terminals")}>
								<a href={`http://${server.doors.status}/status.txt`}>/status.txt</a>
							</Fact>
						)}
					</Facts>
					{server.waiting && server.waiting.length > 0 && <Companies of={server.waiting} />}
				</div>
			)}
		</Shown>
	);
}
