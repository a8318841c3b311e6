import { t } from "../../i18n";
import { toast } from "../../ui";

// The filter as text, for SCIM, a script or the command line.
export function CopyFilter(props: { filter: string }) {
	if (props.filter === "") return null;
	return (
		<details class="filter-text">
			<summary>{t("users.filter_text")}</summary>
			<code>{props.filter}</code>{" "}
			<button
				type="button"
				onClick={() =>
					navigator.clipboard.writeText(props.filter).then(
						() => toast(t("users.copied")),
						() => toast(t("users.not_copied"), "warn"),
					)
				}
			>
				{t("users.copy")}
			</button>
		</details>
	);
}
