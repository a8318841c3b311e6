import { send } from "../../api";
import { number, t, tWord } from "../../i18n";
import { to } from "../../router";
import { ConfirmDialog, toast } from "../../ui";
import { isGrave, kindsOf, type Plan, typedFor } from "./plan";

interface Asked {
	plan: Plan;
	done: () => void;
	close: () => void;
}

// Tells by number what is done, and wants that number typed when many lose something by it.
export function Approve(props: Asked) {
	const { plan } = props;
	const words = { run: plan.run, directory: plan.directory ?? t("plans.gone_directory") };
	const typed = typedFor(plan.counts);
	const lost = plan.counts.deactivate ?? 0;
	return (
		<ConfirmDialog
			title={t("plans.approve_title", words)}
			confirm={t("plans.approve_confirm")}
			danger={isGrave(plan.counts)}
			{...(typed === undefined ? {} : { typed })}
			run={async () => {
				await send("POST", to`plans/${plan.id}/approve`);
				toast(t("plans.approved"));
				props.done();
			}}
			close={props.close}
		>
			<p>{t("plans.approve_lead")}</p>
			<ul class="counts">
				{kindsOf(plan.counts).map(({ action, n }) => (
					<li key={action}>
						{tWord("plans.action_", action)}: <strong>{number(n)}</strong>
					</li>
				))}
			</ul>
			{lost > 0 && (
				<p>
					<strong>{t("plans.deactivates", { n: lost })}</strong>
				</p>
			)}
		</ConfirmDialog>
	);
}

export function Reject(props: Asked) {
	const { plan } = props;
	const words = { run: plan.run, directory: plan.directory ?? t("plans.gone_directory") };
	return (
		<ConfirmDialog
			title={t("plans.reject_title", words)}
			confirm={t("plans.reject_confirm")}
			run={async () => {
				await send("POST", to`plans/${plan.id}/reject`);
				toast(t("plans.rejected"));
				props.done();
			}}
			close={props.close}
		>
			<p>{t("plans.if_rejected")}</p>
		</ConfirmDialog>
	);
}
