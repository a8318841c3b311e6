import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { to } from "../../router";
import { Dialog, Form, Pick, SelectField, toast, useForm } from "../../ui";
import { type Company, kinds } from "./company";
import { findCompanies } from "./parts";

interface Wanted {
	type: string;
	parent: string | null;
}

// What kind of company it is, and below which one it is listed.
export function PlaceDialog(props: { of: Company; close: () => void; done: () => void }) {
	const { tenant: company, type, parent } = props.of;
	const [begin] = useState<Wanted>({ type, parent });
	const form = useForm(begin, async (_, changed) => {
		await send("PATCH", `/api/v1${to`/tenants/${company}`}`, changed);
		toast(t("operator.was_changed", { company }));
		props.done();
		props.close();
	});
	const above = form.values.parent;
	return (
		<Dialog title={t("operator.place_title", { company })} close={props.close}>
			<Form form={form} submit={t("operator.place_submit")} cancel={props.close}>
				<SelectField
					form={form}
					name="type"
					label={t("operator.kind")}
					options={kinds.map((value) => ({ value, title: t(`operator.kind_${value}`) }))}
				/>
				<Pick
					label={t("operator.parent")}
					hint={t("operator.parent_hint")}
					search={(text, signal) => findCompanies(text, company, signal)}
					shown={above ?? t("operator.parent_none")}
					take={(one) => form.set("parent", one.id)}
				/>
				{form.errors.parent && <p class="error">{form.errors.parent}</p>}
				{above && (
					<button type="button" class="plain" onClick={() => form.set("parent", null)}>
						{t("operator.parent_clear", { company: above })}
					</button>
				)}
			</Form>
		</Dialog>
	);
}
