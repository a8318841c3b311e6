import { t } from "../../i18n";
import { Page } from "../../ui";
import { Password } from "./password";

// Instead of every screen, for who was given a password to be changed first.
export default function MustChange() {
	return (
		<Page title={t("profile.must_change")} lead={t("profile.must_change_lead")}>
			<Password />
		</Page>
	);
}
