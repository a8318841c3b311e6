import { useId } from "preact/hooks";
import { t } from "../../i18n";
import type { FormState } from "../../ui";
import { Choice, Input, RowsField, Suggestions } from "./rows";
import { type Setup, splitRow } from "./setup";
import { PersonPreview } from "./person-preview";

// What a person can be given; others may be typed.
const attributes = [
	"user_name", "common_name", "given_name", "family_name", "display_name", "email", "phone", "title",
	"employee_number", "department", "division", "organization", "cost_center", "office", "user_type", "manager",
	"language", "timezone", "nickname", "street", "locality", "region", "postal_code", "country",
];

const theirs = [
	"uid", "cn", "sn", "givenName", "displayName", "mail", "telephoneNumber", "mobile", "title", "employeeNumber",
	"departmentNumber", "department", "ou", "o", "manager", "physicalDeliveryOfficeName", "employeeType",
	"preferredLanguage", "sAMAccountName", "userPrincipalName", "lower(mail)", "first(mail)",
];

// Where each value comes from and whose it is, with what becomes of a real person beside it.
export function Mapping(props: { form: FormState<Setup>; directory: string | undefined }) {
	const { form, directory } = props;
	const ours = useId();
	const there = useId();
	return (
		<div class="mapping">
			<div class="form">
				<RowsField
					title={t("directories.maps")}
					hint={t("directories.maps_hint")}
					error={form.errors.maps}
					heads={[t("directories.map_here"), t("directories.map_there")]}
					rows={form.values.maps}
					change={(rows) => form.set("maps", rows)}
					fresh="="
					cells={(row, put, label) => {
						const [left, right] = splitRow(row);
						return [
							<Input label={label(0)} list={ours} value={left} put={(value) => put(`${value}=${right}`)} />,
							<Input label={label(1)} list={there} value={right} put={(value) => put(`${left}=${value}`)} />,
						];
					}}
				/>
				<RowsField
					title={t("directories.authority_rules")}
					hint={t("directories.authority_rules_hint")}
					error={form.errors.authority_rules}
					heads={[t("directories.map_here"), t("directories.authority_whose")]}
					rows={form.values.authority_rules}
					change={(rows) => form.set("authority_rules", rows)}
					fresh="=source"
					cells={(row, put, label) => {
						const [left, right] = splitRow(row);
						return [
							<Input label={label(0)} list={ours} value={left} put={(value) => put(`${value}=${right}`)} />,
							<Choice
								label={label(1)}
								value={right}
								put={(value) => put(`${left}=${value}`)}
								options={[
									{ value: "source", title: t("directories.authority_source") },
									{ value: "local", title: t("directories.authority_local") },
									{ value: "source_until_edited", title: t("directories.authority_until_edited") },
									{ value: "merge", title: t("directories.authority_merge") },
								]}
							/>,
						];
					}}
				/>
				<Suggestions id={ours} of={attributes} />
				<Suggestions id={there} of={theirs} />
			</div>
			<PersonPreview form={form} directory={directory} />
		</div>
	);
}
