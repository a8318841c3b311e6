import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { to } from "../../router";
import { Badge, DataTable, Empty, Link, Page, Section, Time } from "../../ui";
import { type Import, toneOfImport } from "./import";
import { Upload } from "./upload";

// People come from a file: where one is brought, and what became of those before.
export default function Imports() {
	return (
		<Page title={t("imports.title")} lead={t("imports.lead")} back={<Link to="/users">{t("imports.users")}</Link>}>
			<Upload />
			<Section title={t("imports.past")}>
				<DataTable<Import>
					name="imports"
					views
					caption={t("imports.past")}
					topics={["jobs"]}
					columns={[
						{ name: "created", title: t("imports.created"), sort: "created", cell: (one) => <Time at={one.created} /> },
						{ name: "state", title: t("imports.state"), cell: (one) => <Badge tone={toneOfImport(one)}>{tWord("imports.state_", one.state)}</Badge> },
						{ name: "total", title: t("imports.lines"), end: true, cell: (one) => number(one.total) },
						{ name: "done", title: t("imports.done"), end: true, cell: (one) => number(one.done) },
						{ name: "errors", title: t("imports.wrong"), end: true, cell: (one) => number(one.errors + one.refused) },
						{ name: "duplicates", title: t("imports.duplicates"), end: true, cell: (one) => number(one.duplicates) },
						{ name: "by", title: t("imports.by"), cell: (one) => one.created_by },
					]}
					load={({ sort, order, cursor, limit }, signal) =>
						list<Import>("imports", { sort: sort ?? "created", order: sort ? order : "desc", cursor, limit }, signal)
					}
					id={(one) => one.import}
					link={(one) => to`/imports/${one.import}`}
					empty={
						<Empty kind="new" title={t("imports.none")}>
							{t("imports.none_lead")}
						</Empty>
					}
				/>
			</Section>
		</Page>
	);
}
