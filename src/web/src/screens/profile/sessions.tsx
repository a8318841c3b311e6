import { useState } from "preact/hooks";
import { list, send } from "../../api";
import { t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { to } from "../../router";
import { Badge, ConfirmDialog, failureText, FewRows, Section, Shown, Time, toast } from "../../ui";
import { browserOf, type OwnSession } from "./own";

function Browser(props: { of: OwnSession }) {
	const { of: one } = props;
	return (
		<>
			{browserOf(one.user_agent)} {one.current && <Badge tone="good">{t("profile.this_one")}</Badge>}
		</>
	);
}

function End(props: { of: OwnSession; end: (one: OwnSession) => void }) {
	const { of: one, end } = props;
	return (
		<button
			type="button"
			aria-label={t("profile.session_end_of", { browser: browserOf(one.user_agent), address: one.ip })}
			onClick={() => end(one)}
		>
			{t("profile.session_end")}
		</button>
	);
}

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
					<FewRows<OwnSession>
						caption={t("profile.sessions")}
						rows={items}
						id={(one) => one.session}
						columns={[
							{ name: "browser", title: t("profile.browser"), cell: (one) => <Browser of={one} /> },
							{ name: "address", title: t("profile.address"), cell: (one) => one.ip },
							{ name: "seen", title: t("profile.seen"), cell: (one) => <Time at={one.seen} relative /> },
							{ name: "since", title: t("profile.since"), cell: (one) => <Time at={one.created} /> },
							{ name: "actions", title: t("profile.actions"), cell: (one) => (one.current ? "–" : <End of={one} end={end} />) },
						]}
					/>
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
