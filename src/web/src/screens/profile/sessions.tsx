import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { to } from "../../router";
import { Badge, ConfirmDialog, failureText, Section, Shown, Time, toast } from "../../ui";
import { browserOf, type OwnSession } from "./own";

// The browsers in which one is signed in; each of the others can be signed out.
export function Sessions() {
	const loaded = useLoad((signal) => list<OwnSession>("/api/v1/sessions", {}, signal), [], ["sessions"]);
	const [ending, setEnding] = useState(false);
	const others = loaded.value?.items.filter((one) => !one.current).length ?? 0;

	function end(one: OwnSession) {
		send("DELETE", to`/api/v1/sessions/${one.session}`).then(
			() => {
				toast(t("profile.session_ended"));
				loaded.reload();
			},
			(error: unknown) => toast(failureText(asApiError(error)), "bad"),
		);
	}

	const all = others > 0 && (
		<button type="button" class="danger" onClick={() => setEnding(true)}>
			{t("profile.sessions_end_ask")}
		</button>
	);
	return (
		<Section title={t("profile.sessions")} actions={all}>
			<Shown of={loaded}>
				{({ items }) => (
					<div class="scroll" role="group" aria-label={t("profile.sessions")} tabIndex={0}>
						<table class="own-sessions">
							<thead>
								<tr>
									<th scope="col">{t("profile.browser")}</th>
									<th scope="col">{t("profile.address")}</th>
									<th scope="col">{t("profile.seen")}</th>
									<th scope="col">{t("profile.since")}</th>
									<th scope="col">{t("profile.actions")}</th>
								</tr>
							</thead>
							<tbody>
								{items.map((one) => (
									<tr key={one.session}>
										<th scope="row">
											{browserOf(one.user_agent)} {one.current && <Badge tone="good">{t("profile.this_one")}</Badge>}
										</th>
										<td>{one.ip}</td>
										<td>
											<Time at={one.seen} relative />
										</td>
										<td>
											<Time at={one.created} />
										</td>
										<td>
											{!one.current && (
												<button
													type="button"
													aria-label={t("profile.session_end_of", { browser: browserOf(one.user_agent), address: one.ip })}
													onClick={() => end(one)}
												>
													{t("profile.session_end")}
												</button>
											)}
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</div>
				)}
			</Shown>
			{ending && (
				<ConfirmDialog
					title={t("profile.sessions_end_title")}
					confirm={t("profile.sessions_end", { n: others })}
					danger
					run={async () => {
						await send("DELETE", "/api/v1/sessions");
						toast(t("profile.sessions_ended"));
						loaded.reload();
					}}
					close={() => setEnding(false)}
				>
					<p>{t("profile.sessions_end_lead")}</p>
				</ConfirmDialog>
			)}
		</Section>
	);
}
