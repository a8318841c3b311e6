import { urlOf } from "../../api";
import { t } from "../../i18n";
import { Page } from "../../ui";
import { columns } from "./parts";
import { AuditTable, useAudit } from "./table";
import "../../style/access.css";

// Who did what to whom, and what was refused; found, read in full, taken along as a file.
export default function Audit() {
	const audit = useAudit("one");
	return (
		<Page
			title={t("audit.title")}
			lead={t("audit.lead", { zone: audit.zone })}
			actions={
				<a class="button" href={urlOf("audit.csv", audit.asked)} download="audit.csv">
					{t("audit.csv")}
				</a>
			}
		>
			<AuditTable name="audit" caption={t("audit.title")} path="audit" columns={columns()} audit={audit} views />
		</Page>
	);
}
