import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { type Column, DataTable, Empty, Time } from "../../ui";

interface Use {
	event: string;
	first: string;
	last: string;
	count: number;
	channel: string;
	ip?: string;
}

// When and from where something was used; a row gathers what is alike.
export function Uses(props: { path: string }) {
	const columns: Column<Use>[] = [
		{ name: "last", title: t("tokens.use_last"), cell: (row) => <Time at={row.last} /> },
		{ name: "event", title: t("tokens.use_event"), cell: (row) => tWord("tokens.event_", row.event.replace("signin.", "")) },
		{ name: "ip", title: t("tokens.use_ip"), cell: (row) => row.ip ?? "–" },
		{ name: "channel", title: t("tokens.use_channel"), cell: (row) => row.channel.toUpperCase() },
		{ name: "count", title: t("tokens.use_count"), cell: (row) => number(row.count), end: true },
	];
	return (
		<DataTable<Use>
			name="token-uses"
			caption={t("tokens.uses")}
			views
			columns={columns}
			load={({ cursor, limit }, signal) => list<Use>(props.path, { cursor, limit }, signal)}
			id={(row) => `${row.first}${row.event}${row.ip}${row.channel}`}
			empty={<Empty kind="none" title={t("tokens.uses_none")} />}
		/>
	);
}
