import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { query } from "../../router";
import { session } from "../../session";
import { type Column, DataTable, Empty, Filters, filtersOf, Link, Page } from "../../ui";
import { Detail } from "../audit/detail";
import { columns, search, useFilters } from "../audit/parts";
import { askedOf, type AuditRow, REALM } from "../audit/rows";
import "../../style/access.css";

const company = (): Column<AuditRow> => ({
	name: "company",
	title: t("operator.company"),
	cell: (row) =>
		row.company === undefined || row.company === REALM ? (
			t("operator.realm")
		) : (
			<Link to={`/audit?text=${row.id}&open=${row.id}`} within={row.company}>
				{row.company}
			</Link>
		),
});

// What was done in any company and among the operators themselves, the newest first.
export default function AuditOfAll() {
	const [rows, setRows] = useState<readonly AuditRow[]>([]);
	const [unfinished, setUnfinished] = useState(false);
	const filters = useFilters(rows, "all");
	const zone = session.value?.timezone || "UTC";
	const asked = askedOf(filtersOf(filters), zone);
	const [time, ...others] = columns();
	return (
		<Page title={t("shell.menu_audit_all")} lead={t("operator.audit_lead", { zone })}>
			<Filters filters={filters} />
			<DataTable<AuditRow>
				name="audit-all"
				caption={t("shell.menu_audit_all")}
				columns={[...(time ? [time] : []), company(), ...others]}
				filters={filters}
				topics={["audit"]}
				load={async (table, signal) => {
					const answer = await search("/api/v1/all/audit", table, asked, signal);
					setRows(answer.items);
					setUnfinished(answer.items.length === 0 && answer.next_cursor !== undefined);
					return answer;
				}}
				id={(row) => row.id}
				below={(row) => (query.value.get("open") === row.id ? <Detail of={row} /> : null)}
				empty={
					<Empty kind="new" title={t("audit.nothing")}>
						{t("audit.nothing_lead")}
					</Empty>
				}
			/>
			{unfinished && <p class="notice">{t("audit.unfinished")}</p>}
		</Page>
	);
}
