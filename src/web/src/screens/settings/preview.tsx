import { useEffect, useRef, useState } from "preact/hooks";
import { getTagged, send } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { Dialog, Form, Link, Overtaken, toast, useForm } from "../../ui";
import { effectText, meaningOf, valueText } from "./policy-parts";
import type { Effect, Policy } from "./policy-values";

function People(props: { of: Effect }) {
	const { people, count } = props.of;
	if (people.length === 0 || !may("users.view")) return null;
	return (
		<ul class="words" aria-label={t("policies.people")}>
			{people.map((one) => (
				<li key={one.id}>
					<Link to={to`/users/${one.id}`}>{one.user}</Link>
				</li>
			))}
			{count > people.length && <li>{t("policies.more", { n: count - people.length })}</li>}
		</ul>
	);
}

// Whom the value would touch. It is done with that number: should it be another one by now, the new
// one is told and asked for.
export function Preview(props: { policy: Policy; effect: Effect; tag: string | null; done: (value: string) => void; close: () => void }) {
	const { policy } = props;
	const path = to`policies/${policy.policy}`;
	const [effect, setEffect] = useState(props.effect);
	const [counted, setCounted] = useState(false);
	const tag = useRef(props.tag);
	const form = useForm({ value: effect.value }, async ({ value }) => {
		try {
			await send("PATCH", path, { value, confirm: effect.count }, { ifMatch: tag.current });
		} catch (reason) {
			if (asApiError(reason).attribute !== "confirm") throw reason;
			setEffect(await send<Effect>("PATCH", path, { value }));
			setCounted(true);
			return;
		}
		toast(t("policies.saved"));
		props.done(value);
	});
	// Theirs was taken: there is nothing left to do.
	useEffect(() => {
		if (form.values.value !== effect.value) props.done(form.values.value);
	}, [form.values.value]);
	const overtaken = (
		<Overtaken
			form={form}
			labels={{ value: meaningOf(policy) }}
			load={async () => {
				const now = await getTagged<Policy>(path);
				return { value: { value: now.value.value }, tag: now.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Dialog title={t("policies.preview_title")} close={props.close}>
			<Form form={form} submit={t(effect.count > 0 ? "policies.apply" : "policies.change")} cancel={props.close} overtaken={overtaken} always>
				<p>{meaningOf(policy)}</p>
				<p class="from-to">
					<span>
						<span class="quiet">{t("policies.now")}</span> {valueText(policy, policy.value)}
					</span>
					<span aria-hidden="true">→</span>
					<span>
						<span class="quiet">{t("policies.then")}</span> <strong>{valueText(policy, effect.value)}</strong>
					</span>
				</p>
				{counted && <p role="alert">{t("policies.counted_anew")}</p>}
				<p class="effect">
					<strong>{t("policies.touched", { n: effect.count })}</strong> {effectText(effect)}
				</p>
				<People of={effect} />
			</Form>
		</Dialog>
	);
}
