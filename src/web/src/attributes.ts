// The names that people have for a person's attributes, whoever speaks of them: SCIM's paths, the
// rows of a mapping, the audit. The words are those of the screens about people: theme "person".
import { t, type TextKey } from "./i18n";

const titles: Record<string, TextKey> = {
	user_name: "person.field_user_name",
	display_name: "person.field_name",
	common_name: "person.attribute_common_name",
	formatted: "person.attribute_common_name",
	given_name: "person.field_given",
	family_name: "person.field_family",
	middle_name: "person.attribute_middle_name",
	nick_name: "person.attribute_nick_name",
	email: "person.field_emails",
	emails: "person.field_emails",
	phone: "person.field_phones",
	phone_numbers: "person.field_phones",
	title: "person.field_title",
	user_type: "person.field_user_type",
	employee_number: "person.attribute_employee_number",
	organization: "person.field_organization",
	department: "person.field_department",
	division: "person.field_division",
	cost_center: "person.attribute_cost_center",
	office: "person.attribute_office",
	physical_delivery_office_name: "person.attribute_office",
	manager: "person.field_manager",
	street: "person.attribute_street",
	street_address: "person.attribute_street",
	locality: "person.attribute_locality",
	region: "person.attribute_region",
	postal_code: "person.attribute_postal_code",
	country: "person.attribute_country",
	language: "person.field_language",
	preferred_language: "person.field_language",
	time_zone: "person.field_timezone",
	timezone: "person.field_timezone",
	external_id: "person.attribute_external_id",
	active: "person.attribute_active",
	password: "person.attribute_password",
	must_change: "person.attribute_must_change",
	must_change_password: "person.attribute_must_change",
	invited: "person.attribute_invited",
	full_access: "person.field_full_access",
	auth_method: "person.field_auth_methods",
	auth_methods: "person.field_auth_methods",
	account_expires: "person.field_expires",
	expires: "person.field_expires",
	roles: "person.attribute_roles",
	scopes: "person.attribute_scopes",
	groups: "person.attribute_groups",
};

// "enterprise:costCenter", "addresses.streetAddress" and "GIVEN_NAME" by their last word; of "emails.value"
// the word is the one before.
function wordOf(name: string): string {
	const plain = name.slice(name.lastIndexOf(":") + 1).replace(/\.value$/, "");
	return plain
		.slice(plain.lastIndexOf(".") + 1)
		.replace(/([a-z0-9])([A-Z])/g, "$1_$2")
		.toLowerCase();
}

// What has no name for people stands as it is.
export function attributeTitle(name: string): string {
	// A kind of an address or its rank is none of the person.
	if (/\.(type|primary|display)$/.test(name)) return name;
	const key = titles[wordOf(name)];
	return key ? t(key) : name;
}

// LDAP and the store say TRUE and FALSE, JSON true and false; people do not.
export function attributeValue(text: string): string {
	if (!/^(TRUE|FALSE|true|false)$/.test(text)) return text;
	return t(text.toLowerCase() === "true" ? "person.value_true" : "person.value_false");
}
