import { list } from "../../api";
import { t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Section, Shown, Time } from "../../ui";
import { attributeLabel } from "./bits";
import type { Conflict } from "./conflict";
import { type AuditRow, merged } from "./history";

const SHOWN = 20;

// What became of the conflict and of whom it is about since it came up, the newest first.
export function Since(props: { of: Conflict }) {
	const { of: conflict } = props;
	const person = conflict.subject?.kind === "user" ? conflict.subject.id : undefined;
	const loaded = useLoad(
		async (signal) => {
			const ask = (id: string) => list<AuditRow>(to`objects/${id}/audit`, { limit: SHOWN }, signal);
			const pages = await Promise.all([conflict.id, ...(person ? [person] : [])].map(ask));
			return merged(pages.map((page) => page.items), conflict.created, SHOWN);
		},
		[conflict.id, conflict.state, person],
		["conflicts", "users"],
	);
	return (
		<Section title={t("conflicts.since")}>
			<Shown of={loaded}>
				{(rows) =>
					rows.length === 0 ? (
						<p class="quiet">{t("conflicts.since_nothing")}</p>
					) : (
						<ol class="history">
							{rows.map((row) => (
								<li key={row.id}>
									<Time at={row.time} /> · <strong>{tWord("conflicts.event_", row.action.replaceAll(".", "_"))}</strong>{" "}
									{row.actor.name ?? row.actor.type}
									{row.reason && <span class="quiet"> · {row.reason}</span>}
									{row.changes.length > 0 && (
										<ul class="values">
											{row.changes.map((change) => (
												<li key={change.path}>
													{attributeLabel(change.path)}: <del>{change.old}</del> → <ins>{change.new}</ins>
												</li>
											))}
										</ul>
									)}
								</li>
							))}
						</ol>
					)
				}
			</Shown>
		</Section>
	);
}
