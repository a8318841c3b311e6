import { useId } from "preact/hooks";
import { list } from "../../api";
import { languageNames, languages, t, type TextKey } from "../../i18n";
import { useLoad } from "../../load";
import { CheckField, Field, type FormState, SelectField, TextField } from "../../ui";
import { type Company, userTypes } from "../users/company";
import { nameOfRow, type UserRow } from "../users/people";
import { type FieldName, valueOf } from "../users/preset";
import { attributeOf, type PersonValues } from "./form-values";
import { ownersOf, type UserSource } from "./profile-rows";

const types: Partial<Record<FieldName, "tel" | "date">> = { phones: "tel", expires: "date" };
const hints: Partial<Record<FieldName, TextKey>> = {
	emails: "person.hint_emails",
	user_name: "person.hint_user_name",
	full_access: "person.hint_full_access",
	sso_only: "person.hint_sso_only",
	expires: "person.hint_expires",
	manager: "person.hint_manager",
};

export interface Common {
	form: FormState<PersonValues>;
	company: Company;
	sources: readonly UserSource[];
	fixed?: readonly FieldName[]; // what nobody here may change
}

function isRequired(name: FieldName, company: Company, creating: boolean): boolean {
	if (name === "emails") return valueOf(company.policies, "email.required") === "true";
	if (name === "user_name") return !creating;
	if (name === "name") return company.preset === "pegotec";
	return (name === "given" || name === "family") && company.preset !== "pegotec" && creating;
}

// One field of a person. What a directory or a connection says can only be changed there.
export function PersonField(props: Common & { name: FieldName; creating: boolean }) {
	const { form, company, name, creating } = props;
	const owners = ownersOf(attributeOf(name), props.sources);
	const fixed = props.fixed?.includes(name) ?? false;
	const hint =
		owners.length > 0
			? t("person.owned", { sources: owners.join(", ") })
			: fixed
				? t("person.hint_fixed")
				: hints[name] && t(hints[name]);
	const disabled = owners.length > 0 || fixed;
	const label = t(`person.field_${name}`);
	const common = { form, label, hint, disabled };
	if (name === "full_access" || name === "sso_only") return <CheckField {...common} name={name} />;
	if (name === "manager") return <ManagerField {...common} />;
	const choices = name === "user_type" ? userTypes(company) : [];
	if (choices.length > 0) {
		return <SelectField {...common} name="user_type" required={false} options={withNone(choices.map((one) => [one, one]), form.values.user_type, t("person.not_said"))} />;
	}
	if (name === "timezone") {
		return <SelectField {...common} name={name} required={false} options={withNone(zones(), form.values.timezone, t("person.as_company"))} />;
	}
	if (name === "language") {
		const spoken = languages.map((one): [string, string] => [one, languageNames[one]]);
		return <SelectField {...common} name={name} required={false} options={withNone(spoken, form.values.language, t("person.as_company"))} />;
	}
	return (
		<TextField {...common} name={name} required={isRequired(name, company, creating)} type={types[name] ?? "text"} autocomplete="off" />
	);
}

function zones(): [string, string][] {
	return ["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => [zone, zone]);
}

// A value that is not offered, as one from elsewhere, stays choosable.
function withNone(options: [string, string][], value: string, none: string): { value: string; title: string }[] {
	const known = value === "" || options.some(([one]) => one === value);
	const all: [string, string][] = [["", none], ...options, ...(known ? [] : [[value, value] as [string, string]])];
	return all.map(([one, title]) => ({ value: one, title }));
}

// The server searches while a name is typed.
function ManagerField(props: { form: FormState<PersonValues>; label: string; hint: string | undefined; disabled: boolean }) {
	const { form, label, hint, disabled } = props;
	const id = useId();
	const text = form.values.manager.trim();
	const loaded = useLoad(
		async (signal) => (text ? (await list<UserRow>("users", { contains: text, limit: 10 }, signal)).items : []),
		[text],
	);
	return (
		<Field
			label={label}
			hint={hint}
			required={false}
			error={form.errors.manager}
			control={(wired) => (
				<>
					<input
						{...wired}
						name="manager"
						list={`${id}-people`}
						autocomplete="off"
						disabled={disabled}
						value={form.values.manager}
						onInput={(event) => form.set("manager", event.currentTarget.value)}
					/>
					<datalist id={`${id}-people`}>
						{loaded.value?.map((row) => (
							<option key={row.id} value={row.user}>
								{nameOfRow(row)}
							</option>
						))}
					</datalist>
				</>
			)}
		/>
	);
}
