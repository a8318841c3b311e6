import assert from "node:assert/strict";
import { test } from "node:test";
import { attributeTitle, attributeValue } from "console/attributes";

test("an attribute has one name, whoever speaks of it", () => {
	for (const name of ["given_name", "givenName", "name.givenName", "GIVEN_NAME"]) {
		assert.equal(attributeTitle(name), "person.field_given", name);
	}
	for (const name of ["email", "emails.value", "EMAIL"]) assert.equal(attributeTitle(name), "person.field_emails", name);
	for (const name of ["account_expires", "muster:expires"]) assert.equal(attributeTitle(name), "person.field_expires", name);
	for (const name of ["manager", "enterprise:manager.value"]) assert.equal(attributeTitle(name), "person.field_manager", name);
	assert.equal(attributeTitle("enterprise:costCenter"), "person.attribute_cost_center");
	assert.equal(attributeTitle("common_name"), "person.attribute_common_name");
});

test("an attribute that people have no name for stands as it is", () => {
	for (const name of ["x_own", "emails.type", "LEVEL", ""]) assert.equal(attributeTitle(name), name);
});

test("true and false are the language's words, and no other value is changed", () => {
	assert.deepEqual(["TRUE", "true", "FALSE", "false"].map(attributeValue), [
		"person.value_true",
		"person.value_true",
		"person.value_false",
		"person.value_false",
	]);
	for (const text of ["True", "truest", "", "0"]) assert.equal(attributeValue(text), text);
});
