import { urlOf } from "../../api";
import { t } from "../../i18n";
import { type Column, Link, Page } from "../../ui";
import { columns } from "../audit/parts";
import { type AuditRow, REALM } from "../audit/rows";
import { AuditTable, useAudit } from "../audit/table";
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
	const audit = useAudit("all");
	const [time, ...others] = columns();
	return (
		<Page
			title={t("shell.menu_audit_all")}
			lead={t("operator.audit_lead", { zone: audit.zone })}
			actions={
				<a class="button" href={urlOf("/api/v1/all/audit.csv", audit.asked)} download="audit.csv">
					{t("audit.csv")}
				</a>
			}
		>
			<AuditTable
				name="audit-all"
				views
				caption={t("shell.menu_audit_all")}
				path="/api/v1/all/audit"
				columns={[...(time ? [time] : []), company(), ...others]}
				audit={audit}
			/>
		</Page>
	);
}
