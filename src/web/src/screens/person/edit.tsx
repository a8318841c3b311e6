import { useRef, useState } from "preact/hooks";
import { ApiError, getTagged, list, send, type Tagged } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { Changed, Form, Link, Page, Shown, TextField, toast, useForm, useNames } from "../../ui";
import { type Company, useCompany } from "../users/company";
import { nameOfPerson, type Person } from "../users/people";
import { type FieldName, sectionsOf, valueOf } from "../users/preset";
import { may } from "../../session";
import { PersonField } from "./fields";
import { editBody, formName, type PersonValues, valuesOfPerson } from "./form-values";
import { Gone } from "./detail";
import type { UserSource } from "./profile-rows";
import "../../style/users.css";

interface Known {
	person: Tagged<Person>;
	sources: UserSource[];
}

// What is said of a person, to be changed. It is read once: what somebody else saves meanwhile is told
// by the server when this is saved.
export default function Edit() {
	const { id = "" } = useNames();
	const company = useCompany();
	const loaded = useLoad(
		async (signal): Promise<Known> => {
			const [person, sources] = await Promise.all([
				getTagged<Person>(to`users/${id}`, {}, signal),
				list<UserSource>(to`users/${id}/sources`, {}, signal),
			]);
			return { person, sources: sources.items };
		},
		[id],
	);
	if (loaded.error?.status === 404) return <Gone company={company} />;
	const name = loaded.value ? nameOfPerson(loaded.value.person.value) : "…";
	return (
		<Page title={t("person.edit_title", { name })} back={<Link to={to`/users/${id}`}>{name}</Link>}>
			<Shown of={loaded}>{(known) => <EditForm key={id} known={known} company={company} />}</Shown>
		</Page>
	);
}

// An address that is the company's to keep is shown, not offered.
function fixedOf(company: Company): FieldName[] {
	const word = valueOf(company.policies, "email.mutability");
	const fixed = word === "immutable" || word === "source_managed" || (word === "support_only" && !may("users.change_email"));
	return fixed ? ["emails"] : [];
}

function EditForm(props: { known: Known; company: Company }) {
	const { known, company } = props;
	const { value: person } = known.person;
	const tag = useRef(known.person.tag);
	const [theirs, setTheirs] = useState<Tagged<Person>>();
	const back = to`/users/${person.id}`;

	const form = useForm<PersonValues>(valuesOfPerson(person), async (_, changed) => {
		setTheirs(undefined);
		try {
			await send("PATCH", to`users/${person.id}`, editBody(changed), { ifMatch: tag.current });
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (error.status === 412) setTheirs(await getTagged<Person>(to`users/${person.id}`));
			throw new ApiError(error.status, error.code, error.title, error.detail, formName(error.attribute));
		}
		toast(t("person.saved"));
		go(back);
	});

	const sections = sectionsOf(company.preset, false);
	const labels = Object.fromEntries(
		sections.flatMap((section) => section.fields).map((name) => [name, t(`person.field_${name}`)]),
	);
	const common = { form, company, sources: known.sources, fixed: fixedOf(company), creating: false };
	return (
		<Form
			form={form}
			submit={t("person.save")}
			cancel={() => go(back)}
			overtaken={
				theirs && (
					<Changed
						mine={form.values}
						theirs={valuesOfPerson(theirs.value)}
						labels={labels}
						keep={() => {
							tag.current = theirs.tag;
							void form.submit();
						}}
						take={() => {
							tag.current = theirs.tag;
							setTheirs(undefined);
							form.reset(valuesOfPerson(theirs.value));
						}}
					/>
				)
			}
		>
			{sections.map((section) => (
				<fieldset key={section.name}>
					<legend>{t(`person.section_${section.name}`)}</legend>
					{section.fields.map((name) => (
						<PersonField key={name} {...common} name={name} />
					))}
					{section.fields.includes("emails") && form.changed().emails !== undefined && (
						<TextField form={form} name="reason" label={t("person.field_reason")} hint={t("person.hint_reason")} />
					)}
				</fieldset>
			))}
		</Form>
	);
}
