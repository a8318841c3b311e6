import { send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { Dialog, Form, SelectField, TextField, toast, useForm } from "../../ui";
import { kinds, presets } from "./company";

interface Wanted {
	name: string;
	preset: string;
	type: string;
}

const begin: Wanted = { name: "", preset: presets[0], type: kinds[0] };

export function CreateCompany(props: { close: () => void }) {
	const form = useForm(begin, async (values) => {
		await send("POST", "/api/v1/tenants", values);
		toast(t("operator.was_created", { company: values.name }));
		go(to`/tenants/${values.name}`);
	});
	return (
		<Dialog title={t("operator.create")} close={props.close}>
			<Form form={form} submit={t("operator.create_submit")} cancel={props.close} always>
				<TextField form={form} name="name" label={t("operator.name")} hint={t("operator.name_hint")} required maxLength={63} autocomplete="off" />
				<SelectField
					form={form}
					name="preset"
					label={t("operator.preset")}
					hint={t("operator.preset_hint")}
					options={presets.map((value) => ({ value, title: t(`operator.preset_${value}`) }))}
				/>
				<SelectField
					form={form}
					name="type"
					label={t("operator.kind")}
					hint={t("operator.kind_hint")}
					options={kinds.map((value) => ({ value, title: t(`operator.kind_${value}`) }))}
				/>
			</Form>
		</Dialog>
	);
}
