import { useState } from "preact/hooks";
import { names, t } from "../../i18n";
import { AreaField, ConfirmDialog, Fold, Form, type FormState, NumberField, TextField } from "../../ui";
import { permissionTitle } from "./catalogue";
import { Holders } from "./holders";
import { PermissionFields } from "./permission-fields";
import { appsWithoutRead, catalogueOf, changeOf, type Permission } from "./rows";

export interface RoleValues {
	name: string;
	description: string;
	level: number | null;
	permissions: string[];
}

function Titles(props: { of: readonly string[]; known: readonly Permission[] }) {
	const title = (name: string) => {
		const found = props.known.find((one) => one.permission === name);
		return found ? permissionTitle(found) : name;
	};
	return (
		<ul class="granted-list">
			{props.of.map((name) => (
				<li key={name}>
					{title(name)} <code class="quiet">{name}</code>
				</li>
			))}
		</ul>
	);
}

// What a change of this role gives and takes, and to how many, before it is done.
function Effect(props: { before: readonly string[]; after: readonly string[]; known: readonly Permission[]; id: string; held: number }) {
	const { gained, lost } = changeOf(props.before, props.after);
	return (
		<>
			<p>
				<strong>{t("access.effect", { n: props.held })}</strong> {t("access.effect_when")}
			</p>
			{gained.length > 0 && (
				<>
					<h3>{t("access.gained", { n: gained.length })}</h3>
					<Titles of={gained} known={props.known} />
				</>
			)}
			{lost.length > 0 && (
				<>
					<h3>{t("access.lost", { n: lost.length })}</h3>
					<Titles of={lost} known={props.known} />
				</>
			)}
			<h3>{t("access.who")}</h3>
			<Holders id={props.id} count={props.held} all={`/roles/${props.id}?tab=members`} />
		</>
	);
}

// The fields of a role, new or there already. What changes for people who hold it is told before.
export function RoleForm(props: {
	form: FormState<RoleValues>;
	known: readonly Permission[];
	submit: string;
	before?: { id: string; held: number; permissions: readonly string[] }; // absent: a new one
	overtaken?: preact.ComponentChildren;
	cancel: () => void;
}) {
	const { form, known, before } = props;
	const [asking, setAsking] = useState(false);
	const catalogue = catalogueOf(known);
	const held = form.values.permissions;
	const change = changeOf(before?.permissions ?? [], held);
	const told = before !== undefined && before.held > 0 && change.gained.length + change.lost.length > 0;
	const blind = appsWithoutRead(catalogue.apps, held);

	function put(several: readonly string[], on: boolean) {
		const others = held.filter((one) => !several.includes(one));
		form.set("permissions", (on ? [...others, ...several] : others).sort());
	}
	const guarded = {
		...form,
		submit: async () => {
			if (told) setAsking(true);
			else await form.submit();
		},
	};
	return (
		<>
			{before && before.held > 0 && (
				<div class="notice">
					<p>
						<strong>{t("access.applies_to_all", { n: before.held })}</strong>
					</p>
					<Fold title={t("access.who")}>
						<Holders id={before.id} count={before.held} all={`/roles/${before.id}?tab=members`} />
					</Fold>
				</div>
			)}
			<Form form={guarded} submit={props.submit} always={!before} cancel={props.cancel} overtaken={props.overtaken}>
				<TextField form={form} name="name" label={t("access.name")} required maxLength={128} />
				<AreaField form={form} name="description" label={t("access.description")} required={false} rows={2} />
				<NumberField form={form} name="level" label={t("access.level")} hint={t("access.level_hint")} required={false} min={0} max={1000} />
				<h2>{t("access.permissions")}</h2>
				{form.errors.permissions && <p class="error">{form.errors.permissions}</p>}
				<PermissionFields of={catalogue} held={held} put={put} />
				{blind.length > 0 && <p class="notice">{t("access.without_read", { apps: names(blind) })}</p>}
			</Form>
			{asking && before && (
				<ConfirmDialog
					title={t("access.effect_title", { name: form.values.name })}
					confirm={t("access.effect_confirm", { n: before.held })}
					run={form.submit}
					close={() => setAsking(false)}
				>
					<Effect before={before.permissions} after={held} known={known} id={before.id} held={before.held} />
				</ConfirmDialog>
			)}
		</>
	);
}
