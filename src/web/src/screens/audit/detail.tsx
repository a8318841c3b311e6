import { attributeTitle, attributeValue } from "../../attributes";
import { t, tWord } from "../../i18n";
import { to } from "../../router";
import { Diff, Fact, Facts, Link, Time } from "../../ui";
import { type AuditRow, diffOf, type Party, placeOf, withinOf } from "./rows";

// `within`: the company whose row it is, where that is not the one that the page is in.
export function PartyName(props: { of: Party; action?: string; within: string | null | undefined }) {
	const { of, action, within } = props;
	const place = placeOf(of, action);
	const name = of.name || of.id || tWord("audit.type_", of.type);
	return place ? (
		<Link to={place} within={within}>
			{name}
		</Link>
	) : (
		<>{name}</>
	);
}

// What has no name of ours stands as the server says it.
function attribute(path: string): string {
	const word = path.replace(/[^A-Za-z0-9]/g, "_");
	const known = tWord("audit.attribute_", word);
	return known === word ? attributeTitle(path) : known;
}

// One row in full: who, from where, on whose behalf, and each value before and after.
export function Detail(props: { of: AuditRow }) {
	const { of: row } = props;
	const within = withinOf(row);
	const where = [row.request.ip, row.request.city, row.request.country].filter(Boolean).join(" · ");
	return (
		<div class="audit-detail">
			<Facts>
				<Fact name={t("audit.action")}>
					<code>{row.action}</code>
				</Fact>
				<Fact name={t("audit.time")}>
					<Time at={row.time} />
				</Fact>
				<Fact name={t("audit.channel")}>{tWord("audit.channel_", row.request.channel)}</Fact>
				{where && <Fact name={t("audit.from_where")}>{where}</Fact>}
				{row.request.user_agent && <Fact name={t("audit.user_agent")}>{row.request.user_agent}</Fact>}
				{row.subject && (
					<Fact name={t("audit.on_behalf")}>
						<PartyName of={row.subject} within={within} />
					</Fact>
				)}
				{row.delegation?.reason && <Fact name={t("audit.reason")}>{row.delegation.reason}</Fact>}
				{row.attempts !== undefined && <Fact name={t("audit.attempts")}>{row.attempts}</Fact>}
				{row.request.id && (
					<Fact name={t("audit.request")}>
						<Link to={to`/audit?text=${row.request.id}`} within={within}>
							{row.request.id}
						</Link>
					</Fact>
				)}
				<Fact name={t("audit.hash")}>
					<code>{row.hash}</code>
				</Fact>
			</Facts>
			{row.changes.length > 0 ? (
				<Diff
					caption={t("audit.changes")}
					rows={diffOf(row.changes).map(({ name, base, here }) => ({ name: attribute(name), base: base.map(attributeValue), here: here.map(attributeValue) }))}
					base={t("audit.before")}
					here={t("audit.after")}
				/>
			) : (
				<p class="quiet">{t(row.outcome === "denied" ? "audit.nothing_changed_denied" : "audit.nothing_changed")}</p>
			)}
		</div>
	);
}
