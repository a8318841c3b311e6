import { useState } from "preact/hooks";
import { list } from "../../api";
import { and, compare } from "../../filter";
import { t } from "../../i18n";
import { to } from "../../router";
import { type Column, DataTable, Empty, type Filter, Filters, filtersOf, Page, Time } from "../../ui";
import type { ClientRow } from "./clients";
import { CreateToken } from "./create";
import { Ends, providerOf, StateBadge, typeOf } from "./parts";
import "../../style/settings.css";

const types = ["scim", "api", "personal"] as const;

export const clientColumns = (): Column<ClientRow>[] => [
	{ name: "name", title: t("tokens.name"), cell: (row) => row.name },
	{ name: "state", title: t("tokens.state"), cell: (row) => <StateBadge of={row} /> },
	{ name: "last_used", title: t("tokens.last_used"), cell: (row) => (row.last_used ? <Time at={row.last_used} relative /> : t("tokens.never_used")) },
];

// What programs come in with: SCIM connections and bearer tokens.
export default function Tokens() {
	const [creating, setCreating] = useState(false);
	const filters: Filter[] = [
		{ name: "q", title: t("tokens.search") },
		{ name: "type", title: t("tokens.type"), options: types.map((type) => ({ value: type, title: typeOf(type) })) },
		{
			name: "state",
			title: t("tokens.state"),
			options: [
				{ value: "active", title: t("tokens.state_active") },
				{ value: "inactive", title: t("tokens.state_inactive") },
			],
		},
	];
	const set = filtersOf(filters);
	const columns: Column<ClientRow>[] = [
		...clientColumns(),
		{ name: "type", title: t("tokens.type"), cell: (row) => typeOf(row.type) },
		{ name: "profile", title: t("tokens.profile"), cell: (row) => (row.profile ? providerOf(row.profile) : "–") },
		{ name: "expires", title: t("tokens.expires"), cell: (row) => <Ends of={row} /> },
	];
	const create = (
		<button type="button" class="primary" onClick={() => setCreating(true)}>
			{t("tokens.create")}
		</button>
	);
	return (
		<Page title={t("tokens.title")} lead={t("tokens.lead")} actions={create}>
			<Filters filters={filters} />
			<DataTable<ClientRow>
				name="tokens"
				caption={t("tokens.title")}
				views
				columns={columns}
				filters={filters}
				topics={["tokens"]}
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<ClientRow>(
						"tokens",
						{
							sort: sort ?? "created",
							order: order ?? "desc",
							cursor,
							limit,
							total,
							contains: set.q,
							filter: and(
								set.type && compare("type", "eq", set.type),
								set.state && compare("active", "eq", set.state === "active"),
							),
						},
						signal,
					)
				}
				id={(row) => row.id}
				link={(row) => to`/tokens/${row.id}`}
				empty={
					<Empty kind="new" title={t("tokens.none")} action={create}>
						{t("tokens.none_lead")}
					</Empty>
				}
			/>
			{creating && <CreateToken close={() => setCreating(false)} />}
		</Page>
	);
}
