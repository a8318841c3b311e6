import { useState } from "preact/hooks";
import { type ApiError, send } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { session } from "../../session";
import { Badge, Failure, toast } from "../../ui";
import type { Feature } from "./values";

// What the company can turn on and off by itself, and what the operator has turned for it.
export function Features(props: { of: Feature[]; reload: () => void }) {
	const [error, setError] = useState<ApiError>();
	if (props.of.length === 0) return <p class="quiet">{t("settings.features_none")}</p>;

	async function turn(one: Feature) {
		setError(undefined);
		try {
			await send("POST", to`features/${one.feature}/${one.on ? "off" : "on"}`);
			toast(t("settings.feature_turned", { name: one.feature }));
		} catch (reason) {
			setError(asApiError(reason));
		}
		props.reload();
	}

	return (
		<>
			<ul class="features">
				{props.of.map((one) => (
					<li key={one.feature}>
						<strong>{one.feature}</strong>
						<Badge tone={one.on ? "good" : "quiet"}>{t(one.on ? "settings.feature_on" : "settings.feature_off")}</Badge>
						{one.owner === "tenant" || session.value?.operator ? (
							<button type="button" aria-label={`${t(one.on ? "settings.feature_turn_off" : "settings.feature_turn_on")}: ${one.feature}`} onClick={() => void turn(one)}>
								{t(one.on ? "settings.feature_turn_off" : "settings.feature_turn_on")}
							</button>
						) : (
							<span class="quiet">{t("settings.feature_operator")}</span>
						)}
					</li>
				))}
			</ul>
			{error && <Failure error={error} />}
		</>
	);
}
