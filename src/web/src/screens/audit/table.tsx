import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { query } from "../../router";
import { session } from "../../session";
import { type Column, DataTable, Empty, Filters, filtersOf } from "../../ui";
import { Detail } from "./detail";
import { search, useFilters } from "./parts";
import { askedOf, type AuditRow } from "./rows";

// What is asked for by the filters, and the zone its days are of.
export function useAudit(of: "one" | "all") {
	const [rows, setRows] = useState<readonly AuditRow[]>([]);
	const filters = useFilters(rows, of);
	const zone = session.value?.timezone || "UTC";
	return { filters, setRows, zone, asked: askedOf(filtersOf(filters), zone) };
}

// The rows found, each read in full below itself.
export function AuditTable(props: {
	name: string;
	caption: string;
	path: Parameters<typeof search>[0];
	columns: Column<AuditRow>[];
	audit: ReturnType<typeof useAudit>;
	views?: boolean;
}) {
	const [unfinished, setUnfinished] = useState(false);
	const { filters, setRows, asked } = props.audit;
	return (
		<>
			<Filters filters={filters} />
			<DataTable<AuditRow>
				name={props.name}
				views={props.views}
				caption={props.caption}
				columns={props.columns}
				filters={filters}
				topics={["audit"]}
				load={async (table, signal) => {
					const answer = await search(props.path, table, asked, signal);
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
		</>
	);
}
