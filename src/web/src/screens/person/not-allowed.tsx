import { t } from "../../i18n";

// A part that the reader may not see says which permission it takes and whom to ask.
export function NotAllowed(props: { permission: string }) {
	return (
		<p class="quiet">
			{t("shell.not_allowed_lead")} <code>{props.permission}</code>
		</p>
	);
}
