import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, send } from "../../api";
import { moment, t, tWord } from "../../i18n";
import { asApiError } from "../../load";
import { announce, Badge, Failure, reasonOf, type Said, Scroll, Section, type Tone } from "../../ui";
import { byServer, type Check, worst } from "./steps";

const tones: Record<Check["verdict"], Tone> = { good: "good", warning: "warn", bad: "bad" };

export interface Preflight {
	checks: Check[] | undefined;
	error: ApiError | undefined;
	busy: boolean;
	run(): void;
}

// Asks the servers; what is asked is what stands in the form at that moment.
export function usePreflight(target: string, body: () => Record<string, unknown>): Preflight {
	const [state, setState] = useState<{ checks?: Check[]; error?: ApiError; busy: boolean }>({ busy: false });
	const running = useRef<AbortController | null>(null);
	useEffect(() => () => running.current?.abort(), []);

	async function run() {
		running.current?.abort();
		const mine = new AbortController();
		running.current = mine;
		setState((old) => ({ ...old, busy: true }));
		try {
			const { items } = await send<{ items: Check[] }>("POST", target, body(), { signal: mine.signal });
			setState({ checks: items, busy: false });
			announce(t(`directories.preflight_${worst(items)}`));
		} catch (reason) {
			if (!mine.signal.aborted) setState({ error: asApiError(reason), busy: false });
		}
	}
	return { checks: state.checks, error: state.error, busy: state.busy, run: () => void run() };
}

// A time as it is in the company's zone.
function timed(one: Said): Said {
	const { at } = one.values;
	return at === undefined ? one : { ...one, values: { ...one.values, at: moment(String(at)) } };
}

// Server by server, step by step: what is well, what is not, what to do about it. On a narrow page
// each step takes two lines, and the table is one only by what it says of itself.
export function PreflightResult(props: { of: Preflight }) {
	const { checks, error, busy, run } = props.of;
	if (!checks && !error && !busy) return null;
	const tone = checks && worst(checks);
	return (
		<Section title={t("directories.preflight")}>
			{busy && (
				<p class="waiting" aria-busy="true">
					{t("directories.preflight_runs")}
				</p>
			)}
			{error && <Failure error={error} retry={run} />}
			{checks && tone && (
				<div class={busy ? "shown stale" : "shown"}>
					<p>
						<Badge tone={tones[tone]}>{t(`directories.verdict_${tone}`)}</Badge> {t(`directories.preflight_${tone}`)}
					</p>
					{byServer(checks).map(([server, rows]) => (
						<Scroll key={server} label={server}>
							<table class="steps" role="table">
								<caption>{server}</caption>
								<thead class="hidden" role="rowgroup">
									<tr role="row">
										<th role="columnheader" scope="col">{t("directories.step")}</th>
										<th role="columnheader" scope="col">{t("directories.verdict")}</th>
										<th role="columnheader" scope="col">{t("directories.found")}</th>
									</tr>
								</thead>
								<tbody role="rowgroup">
									{rows.map((row, i) => (
										<tr key={`${row.check}-${i}`} role="row">
											<th role="rowheader" scope="row">{tWord("directories.check_", row.check)}</th>
											<td role="cell">
												<Badge tone={tones[row.verdict]}>{t(`directories.verdict_${row.verdict}`)}</Badge>
											</td>
											<td role="cell">
												{reasonOf({ reason: row.text, because: row.because.map(timed) })}
												{row.advice && (
													<p>
														<strong>{t("directories.what_to_do")}</strong> {reasonOf({ reason: row.advice, because: row.advised })}
													</p>
												)}
											</td>
										</tr>
									))}
								</tbody>
							</table>
						</Scroll>
					))}
				</div>
			)}
		</Section>
	);
}
