import { t } from "../i18n";
import { Actions } from "./actions";
import { Diff } from "./diff";

// Somebody else has changed what this form is of, meanwhile: their values beside one's own, for the
// names that differ, and both ways on. `keep` sends one's own again over theirs, `take` begins anew
// with theirs.
export function Changed<T extends object>(props: {
	mine: T;
	theirs: T;
	labels: Partial<Record<keyof T & string, string>>; // what is not named here is not compared
	keep: () => void;
	take: () => void;
}) {
	const { mine, theirs, labels } = props;
	const texts = (value: unknown): string[] =>
		value === null || value === undefined || value === ""
			? []
			: Array.isArray(value)
				? value.map(String)
				: [String(value)];
	const rows = (Object.entries(labels) as [keyof T, string][]).map(([name, label]) => ({
		name: label,
		here: texts(theirs[name]),
		source: texts(mine[name]),
	}));
	return (
		<div class="failure" role="alert">
			<p>
				<strong>{t("shell.changed_title")}</strong> {t("shell.changed_lead")}
			</p>
			<Diff caption={t("shell.changed_title")} rows={rows} here={t("shell.changed_theirs")} source={t("shell.changed_mine")} />
			<Actions cancel={props.take} word={t("shell.changed_take")}>
				<button type="button" onClick={props.keep}>
					{t("shell.changed_keep")}
				</button>
			</Actions>
		</div>
	);
}
