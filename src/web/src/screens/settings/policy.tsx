import { useEffect, useRef, useState } from "preact/hooks";
import { getTagged, send, type Tagged } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { session } from "../../session";
import { Fact, Facts, Form, Link, Page, Section, Shown, useForm, useNames } from "../../ui";
import { PolicyField } from "./policy-field";
import { meaningOf, Origin, rangeText, valueText } from "./policy-parts";
import { type Effect, isNumber, type Policy } from "./policy-values";
import { Preview } from "./preview";
import "../../style/settings.css";

export interface PolicyForm {
	value: string;
	amount: number | null;
}

function formOf(policy: Policy, value = policy.value): PolicyForm {
	return { value, amount: isNumber(policy) ? Number(value) : null };
}

function wanted(policy: Policy, form: PolicyForm): string {
	return isNumber(policy) ? String(form.amount ?? "") : form.value.trim();
}

// First asks whom the new value would touch; the dialog that tells it does it.
function Change(props: { of: Tagged<Policy>; reload: () => void }) {
	const { value: policy } = props.of;
	const [effect, setEffect] = useState<Effect>();
	const form = useForm(formOf(policy), async (values) => {
		setEffect(await send<Effect>("PATCH", to`policies/${policy.policy}`, { value: wanted(policy, values) }));
	});
	// What the reader has seen when the value was chosen. A change of other settings is no reason to ask.
	const seen = useRef(props.of);
	useEffect(() => {
		const same = policy.value === seen.current.value.value;
		if (!same && (form.dirty || effect)) return;
		seen.current = props.of;
		if (!same) form.reset(formOf(policy));
	}, [props.of.tag, form.dirty, effect]);

	function take(value: string) {
		const next = formOf(policy, value);
		form.set("value", next.value);
		form.set("amount", next.amount);
	}

	return (
		<>
			<Form form={form} submit={t("policies.preview")} always>
				<PolicyField policy={policy} form={form} />
				{wanted(policy, form.values) !== policy.preset && (
					<p>
						<button type="button" class="plain" onClick={() => take(policy.preset)}>
							{t("policies.take_preset", { value: valueText(policy, policy.preset) })}
						</button>
					</p>
				)}
			</Form>
			{effect && (
				<Preview
					policy={seen.current.value}
					effect={effect}
					tag={seen.current.tag}
					done={(value) => {
						setEffect(undefined);
						form.reset(formOf(policy, value));
						props.reload();
					}}
					close={() => setEffect(undefined)}
				/>
			)}
		</>
	);
}

function Told(props: { of: Policy }) {
	const { of: policy } = props;
	return (
		<div class="policy-told">
			<Facts>
				<Fact name={t("policies.value")}>
					<strong>{valueText(policy, policy.value)}</strong>
				</Fact>
				<Fact name={t("policies.origin")}>
					<Origin of={policy} />
				</Fact>
				<Fact name={t("policies.preset_value")}>{valueText(policy, policy.preset)}</Fact>
				<Fact name={t("policies.allowed")}>{rangeText(policy)}</Fact>
			</Facts>
		</div>
	);
}

// One policy: what it decides, how it is set and what may be said, and what another value would do.
export default function PolicyPage() {
	const { name = "" } = useNames();
	const loaded = useLoad((signal) => getTagged<Policy>(to`policies/${name}`, {}, signal), [name], ["settings"]);
	const policy = loaded.value?.value;
	return (
		<Page title={policy ? meaningOf(policy) : name} lead={<code>{name}</code>} back={<Link to="/policies">{t("shell.menu_policies")}</Link>}>
			<Shown of={loaded}>
				{(found) => (
					<div class="page">
						<Told of={found.value} />
						{found.value.owner === "tenant" || session.value?.operator ? (
							<Section title={t("policies.change")}>
								<Change of={found} reload={loaded.reload} />
							</Section>
						) : (
							<p>{t("policies.operator_only")}</p>
						)}
					</div>
				)}
			</Shown>
		</Page>
	);
}
