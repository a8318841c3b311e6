import type { ComponentChildren } from "preact";
import { t } from "../../i18n";
import { SecretDialog } from "../../ui";

export function ToldOnce(props: {
	title: string;
	label: string;
	value: string;
	close: () => void;
	children?: ComponentChildren;
}) {
	return <SecretDialog {...props} lead={t("tokens.once")} kept={t("tokens.stored")} stays />;
}
