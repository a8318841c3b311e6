import { useState } from "preact/hooks";
import { list } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { FewRows, Shown, Time } from "../../ui";
import { AnswerDialog } from "../conflicts/answer";
import { Named } from "../conflicts/bits";
import { type Conflict, type ConflictRow, entryOf } from "../conflicts/conflict";

const SHOWN = 100;

function Decide(props: { ask: (as: string) => void }) {
	const { ask } = props;
	return (
		<span class="actions">
			{may("directories.manage") && (
				<button type="button" onClick={() => ask("approve-once")}>
					{t("plans.allow")}
				</button>
			)}
			<button type="button" onClick={() => ask("ignore")}>
				{t("plans.refuse")}
			</button>
		</span>
	);
}

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
						<FewRows<ConflictRow>
							caption={t("plans.grants")}
							rows={items}
							id={(row) => row.id}
							link={(row) => to`/conflicts/${row.id}`}
							columns={[
								{ name: "group", title: t("plans.grant_group"), cell: (row) => entryOf(row) ?? "–" },
								{ name: "role", title: t("plans.grant_role"), cell: (row) => <Named of={row.subject} /> },
								{ name: "directory", title: t("plans.directory"), cell: (row) => <Named of={row.source} /> },
								{ name: "seen", title: t("plans.held_seen"), cell: (row) => <Time at={row.seen} /> },
								{ name: "action", title: t("plans.action"), cell: (row) => <Decide ask={(as) => ask({ row, as })} /> },
							]}
						/>
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
