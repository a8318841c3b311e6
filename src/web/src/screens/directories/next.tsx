import { t } from "../../i18n";
import { to } from "../../router";
import { Link } from "../../ui";
import { nextOf, type Standing } from "./steps";

// What an administrator does about it now, as a link to where it is done.
export function NextStep(props: { of: Standing }) {
	const { of: directory } = props;
	const here = to`/directories/${directory.name}`;
	switch (nextOf(directory)) {
		case "plan":
			return <Link to={to`/plans/${directory.plan ?? ""}`}>{t("directories.next_plan")}</Link>;
		case "secret":
			return <Link to={`${here}/edit`}>{t("directories.next_secret")}</Link>;
		case "full":
			return <Link to={here}>{t("directories.next_full")}</Link>;
		case "check":
			return <Link to={`${here}/edit`}>{t("directories.next_check")}</Link>;
		case "resume":
			return <Link to={here}>{t("directories.next_resume")}</Link>;
		case "none":
			return <span class="quiet">{t("directories.next_none")}</span>;
	}
}
