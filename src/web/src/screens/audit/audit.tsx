import { useState } from "preact/hooks";
import { urlOf } from "../../api";
import { t } from "../../i18n";
import { query } from "../../router";
import { session } from "../../session";
import { DataTable, Empty, Filters, filtersOf, Page } from "../../ui";
import { Detail } from "./detail";
import { columns, search, useFilters } from "./parts";
import { askedOf, type AuditRow } from "./rows";
import "../../style/access.css";

// Who did what to whom, and what was refused; found, read in full, taken along as a file.
export default function Audit() {
	const [rows, setRows] = useState<readonly AuditRow[]>([]);
	const [unfinished, setUnfinished] = useState(false);
	const filters = useFilters(rows, "one");
	const zone = session.value?.timezone || "UTC";
	const asked = askedOf(filtersOf(filters), zone);
	return (
		<Page
			title={t("audit.title")}
			lead={t("audit.lead", { zone })}
			actions={
				<a class="button" href={urlOf("audit.csv", asked)} download="audit.csv">
					{t("audit.csv")}
				</a>
			}
		>
			<Filters filters={filters} />
			<DataTable<AuditRow>
				name="audit"
				views
				caption={t("audit.title")}
				columns={columns()}
				filters={filters}
				topics={["audit"]}
				load={async (table, signal) => {
					const answer = await search("audit", table, asked, signal);
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
