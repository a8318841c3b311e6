import { useState } from "preact/hooks";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Link, Scroll, Shown, Time } from "../../ui";
import { AnswerDialog } from "../conflicts/answer";
import { Named } from "../conflicts/bits";
import { type Conflict, type ConflictRow, entryOf } from "../conflicts/conflict";

const SHOWN = 100;

// Groups that would let people administer. They are conflicts, and answered as such.
export function Grants() {
	const [asked, ask] = useState<{ row: ConflictRow; as: string }>();
	const loaded = useLoad(
		(signal) => list<ConflictRow>("conflicts", { kind: "grant", state: "open", limit: SHOWN }, signal),
		[],
		["conflicts"],
	);
	return (
		<Shown of={loaded}>
			{({ items }) =>
				items.length === 0 ? (
					<p class="quiet">{t("plans.no_grants")}</p>
				) : (
					<>
						<p>{t("plans.grants_lead")}</p>
						<Scroll label={t("plans.grants")}>
							<table>
								<caption class="hidden">{t("plans.grants")}</caption>
								<thead>
									<tr>
										<th scope="col">{t("plans.grant_group")}</th>
										<th scope="col">{t("plans.grant_role")}</th>
										<th scope="col">{t("plans.directory")}</th>
										<th scope="col">{t("plans.held_seen")}</th>
										<th scope="col">{t("plans.action")}</th>
									</tr>
								</thead>
								<tbody>
									{items.map((row) => (
										<tr key={row.id}>
											<th scope="row">
												<Link to={to`/conflicts/${row.id}`}>{entryOf(row) ?? "–"}</Link>
											</th>
											<td>
												<Named of={row.subject} />
											</td>
											<td>
												<Named of={row.source} />
											</td>
											<td>
												<Time at={row.seen} />
											</td>
											<td>
												<span class="actions">
													{may("directories.manage") && (
														<button type="button" onClick={() => ask({ row, as: "approve-once" })}>
															{t("plans.allow")}
														</button>
													)}
													<button type="button" onClick={() => ask({ row, as: "ignore" })}>
														{t("plans.refuse")}
													</button>
												</span>
											</td>
										</tr>
									))}
								</tbody>
							</table>
						</Scroll>
						{asked && (
							<AnswerDialog
								conflict={{ ...asked.row, sentence: "", closes: "", facts: [], candidates: [] } satisfies Conflict}
								as={asked.as}
								done={loaded.reload}
								close={() => ask(undefined)}
							/>
						)}
					</>
				)
			}
		</Shown>
	);
}
