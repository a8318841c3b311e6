import { useState } from "preact/hooks";
import { ApiError, send } from "../../api";
import { t } from "../../i18n";
import { go, to } from "../../router";
import { may } from "../../session";
import { Form, type FormState, Link, Page, TextField, toast, useForm } from "../../ui";
import { type Company, emptyScopeMeansAll, holdsOneRole, labelOf, useCompany } from "../users/company";
import { type FormSection, sectionsOf, wordsOf } from "../users/preset";
import { Choose } from "./choose";
import { PersonField } from "./fields";
import { createBody, formName, type NewPersonValues, noPerson, type PersonValues } from "./form-values";
import { MadePassword } from "./password";
import "../../style/users.css";

interface Made {
	id: string;
	user: string;
	password?: string;
	warnings?: string[];
}

// Somebody new, in the sections of the company's preset.
export default function Create() {
	const company = useCompany();
	const [made, setMade] = useState<Made>();
	const form = useForm<NewPersonValues>(noPerson(), async (values) => {
		let person: Made;
		try {
			person = await send<Made>("POST", "users", createBody(values));
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			throw new ApiError(error.status, error.code, error.title, error.detail, formName(error.attribute));
		}
		toast(t("person.created", { name: person.user }));
		if (person.password) setMade(person);
		else go(to`/users/${person.id}`);
	});
	const title = t(company.preset === "titanus" ? "users.invite" : "users.create");
	return (
		<Page title={title} back={<Link to="/users">{labelOf(company, "users")}</Link>}>
			<Form form={form} submit={t("person.create")} cancel={() => go("/users")} always>
				{sectionsOf(company.preset, true).filter(mayFill).map((section) => (
					<fieldset key={section.name}>
						<legend>{titleOf(section, company)}</legend>
						<Section section={section} form={form} company={company} />
					</fieldset>
				))}
			</Form>
			{made && (
				<MadePassword name={made.user} password={made.password ?? ""} close={() => go(to`/users/${made.id}`)} stays />
			)}
		</Page>
	);
}

function mayFill(section: FormSection): boolean {
	if (section.name === "roles") return may("roles.view");
	if (section.name === "scopes") return may("scopes.view") && may("scopes.assign");
	return section.name !== "apps" || may("roles.view");
}

function titleOf(section: FormSection, company: Company): string {
	if (section.name === "roles" || section.name === "scopes") return labelOf(company, section.name);
	return t(`person.section_${section.name}`);
}

function Section(props: { section: FormSection; form: FormState<NewPersonValues>; company: Company }) {
	const { section, form, company } = props;
	switch (section.name) {
		case "sign_in":
			return <SignIn form={form} company={company} />;
		case "roles":
			return (
				<Choose
					what="role"
					label={labelOf(company, "roles")}
					several={!holdsOneRole(company)}
					chosen={form.values.roles}
					set={(names) => form.set("roles", names)}
					error={form.errors.roles}
				/>
			);
		case "scopes":
			return (
				<Choose
					what="scope"
					label={labelOf(company, "scopes")}
					several
					chosen={form.values.scopes}
					set={(names) => form.set("scopes", names)}
					hint={t(emptyScopeMeansAll(company) ? "person.company_wide_lead" : "person.no_data_lead")}
					error={form.errors.scopes}
				/>
			);
		case "apps":
			return (
				<Choose
					what="app"
					label={t("person.section_apps")}
					several
					chosen={form.values.apps}
					set={(names) => form.set("apps", names)}
					hint={t("person.hint_apps")}
					error={form.errors.apps}
				/>
			);
		default: {
			// All that a person has is in the form of a new one.
			const common = { form: form as unknown as FormState<PersonValues>, company, sources: [], creating: true };
			return (
				<>
					{section.fields.map((name) => (
						<PersonField key={name} {...common} name={name} />
					))}
				</>
			);
		}
	}
}

const ways = ["make", "choose", "later"] as const;

function SignIn(props: { form: FormState<NewPersonValues>; company: Company }) {
	const { form, company } = props;
	const words = wordsOf(company.policies, "onboarding.credential");
	if (form.values.sso_only) return <p>{t("person.how_sso")}</p>;
	return (
		<>
			{ways
				.filter((way) => way !== "choose" || words.length === 0 || words.includes("set"))
				.map((way) => (
					<label key={way} class="check">
						<input
							type="radio"
							name="how"
							checked={form.values.how === way}
							onChange={() => form.set("how", way)}
						/>{" "}
						{t(`person.how_${way}`)}
					</label>
				))}
			{form.values.how === "choose" && (
				<TextField
					form={form}
					name="password"
					type="password"
					label={t("shell.password")}
					autocomplete="new-password"
					required
				/>
			)}
		</>
	);
}
