import assert from "node:assert/strict";
import { test } from "node:test";
import { browserOf, rolesOf } from "console/screens/profile/own";
import { changeOf, companyOf } from "console/screens/settings/values";
import { languageOptions, zoneOptions } from "console/screens/settings/zones";

test("a browser is told by its name and system, another program by its first word", () => {
	assert.equal(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"), "Chrome, Linux");
	assert.equal(browserOf("Mozilla/5.0 (Windows NT 10.0) Chrome/1 Safari/1 Edg/1"), "Edge, Windows");
	assert.equal(browserOf("curl/8.0"), "curl");
	assert.equal(browserOf(""), "–");
});

test("roles are told with what each grants, by name", () => {
	const held = [
		{ permission: "a", label: "See", roles: [{ id: "2", name: "Zoo" }, { id: "1", name: "Admin" }] },
		{ permission: "b", label: "Do", roles: [{ id: "1", name: "Admin" }] },
	];
	assert.deepEqual(rolesOf(held), [{ name: "Admin", grants: ["See", "Do"] }, { name: "Zoo", grants: ["See"] }]);
});

test("an empty field of the company is none", () => {
	const settings = { tenant: "a", preset: "p", name: null, timezone: "UTC", language: null, support_contact: null, logo_type: null, features: [], revision: 1 };
	assert.deepEqual(companyOf(settings), { name: "", timezone: "UTC", language: "", support_contact: "" });
	assert.deepEqual(changeOf({ name: " ", timezone: " UTC" }), { name: null, timezone: "UTC" });
});

test("what is set stays a choice, though the console does not know it", () => {
	assert.ok(languageOptions("none", "fr").some((one) => one.value === "fr"));
	assert.ok(zoneOptions("none", "Mars/Base").some((one) => one.value === "Mars/Base"));
	assert.equal(zoneOptions("none", "").filter((one) => one.value === "UTC").length, 1);
});
