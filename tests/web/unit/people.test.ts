import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, longestWait, type SignIn, verdictOf } from "console/screens/person/diagnosis";
import { createBody, editBody, formName, lines, noPerson, valuesOfPerson } from "console/screens/person/form-values";
import { changeText } from "console/screens/person/history-rows";
import { ownersOf, profileRows, type UserSource } from "console/screens/person/profile-rows";
import { answerOf, byGroup, type Explanation, type Permission, searched, stepsOf } from "console/screens/person/why-steps";
import { asksForName, opposite } from "console/screens/users/job-view";
import { filterOf, targetsOf, textOf } from "console/screens/users/list-query";
import { initials, type Person, type UserRow, wasModified } from "console/screens/users/people";
import { columnsOf, ownLabel, presetOf, sectionsOf, userNameFrom } from "console/screens/users/preset";
import { type Loaded, sizeOf, stepOf, visible } from "console/screens/users/tree-nodes";
import type { Job } from "console/ui/job";

test("the filters of a list are one text that SCIM takes as well", () => {
	assert.equal(filterOf({}), "");
	assert.equal(filterOf({ state: "inactive" }), "active eq false");
	assert.equal(filterOf({ state: "invited", role: 'A "B"' }), '(active eq true and invited eq true) and roles eq "A \\"B\\""');
	assert.equal(filterOf({ scope: "Plant 7", type: "Customer" }), 'groups.value eq "scope:Plant 7" and user_type eq "Customer"');
	assert.equal(filterOf({ login: "never" }), "not (last_login pr)");
	const now = Date.parse("2026-05-31T15:00:00Z");
	assert.equal(filterOf({ login: "30" }, now), 'not (last_login ge "2026-05-01T00:00:00.000Z")');
	for (const login of ["x", "-3", "1e9"]) assert.equal(filterOf({ login, state: "?" }), "");
});

test("what is searched for is part of the text", () => {
	const stands = (word: string) => `(displayName co "${word}" or userName co "${word}" or emails.value co "${word}")`;
	assert.equal(textOf({}), "");
	assert.equal(textOf({ q: " " }), "");
	assert.equal(textOf({ q: "ada" }), stands("ada").slice(1, -1));
	assert.equal(textOf({ q: "ada  love", state: "inactive" }), `${stands("ada")} and ${stands("love")} and active eq false`);
});

test("a change of many is about names, or about a filter and a number", () => {
	assert.deepEqual(targetsOf(["a", "b"], false, 2, { q: "x" }), { users: ["a", "b"] });
	assert.deepEqual(targetsOf([], true, 7, { q: "x", state: "active" }), { contains: "x", filter: "active eq true", expected_count: 7 });
	assert.deepEqual(targetsOf([], true, 9, {}), { filter: "user pr", expected_count: 9 });
});

test("each preset has its columns first, and every other to choose from", () => {
	for (const preset of ["pegotec", "users-app", "titanus"] as const) {
		const columns = columnsOf(preset);
		assert.equal(columns[0]?.name, "name");
		assert.equal(new Set(columns.map((one) => one.name)).size, columns.length);
		assert.equal(columns.filter((one) => !one.chosen).length, 6);
	}
	assert.equal(presetOf("something else"), "pegotec");
});

test("a form has the preset's sections, in its order; a change only those with fields", () => {
	assert.deepEqual(
		sectionsOf("users-app", true).map((one) => one.name),
		["details", "sign_in", "scopes", "roles", "apps", "more"],
	);
	assert.ok(sectionsOf("titanus", false).every((one) => one.fields.length > 0));
	for (const preset of ["pegotec", "users-app", "titanus"] as const) {
		const fields = sectionsOf(preset, true).flatMap((one) => one.fields);
		assert.equal(new Set(fields).size, fields.length, preset);
		assert.ok(fields.includes("emails") && fields.includes("user_name"));
	}
});

test("a company's own word for something stands, a preset's is translated", () => {
	const policies = [
		{ policy: "labels.roles", value: "Duties", preset: "Roles" },
		{ policy: "labels.users", value: "Users", preset: "Users" },
	];
	assert.equal(ownLabel(policies, "labels.roles"), "Duties");
	assert.equal(ownLabel(policies, "labels.users"), null);
	assert.equal(ownLabel(policies, "scope.label"), null);
});

test("initials are of the first and the last name, whatever the letters", () => {
	assert.equal(initials("Anna Maria Krause"), "AK");
	assert.equal(initials("Łucja"), "Ł");
	assert.equal(initials("李 小龙"), "李小");
	assert.equal(initials("u000001"), "U");
	assert.equal(initials(""), "");
});

test("what was only made was never changed", () => {
	assert.equal(wasModified({ created: "2026-01-01T00:00:00.000Z", modified: "2026-01-01T00:00:00.400Z" }), false);
	assert.equal(wasModified({ created: "2026-01-01T00:00:00.000Z", modified: "2026-01-02T00:00:00.000Z" }), true);
});

const person = (id: string, reports = 0) => ({ id, user: id, name: id, reports }) as UserRow;

test("a tree shows what is open and loaded, and a step to more", () => {
	const loaded: Loaded = new Map([
		["", { rows: [person("ann", 2), person("bob")], next: "c" }],
		["ann", { rows: [person("cleo"), person("dan")], next: undefined }],
	]);
	assert.deepEqual(
		visible(loaded, new Set()).map((node) => node.key),
		["ann", "bob", "more:"],
	);
	const nodes = visible(loaded, new Set(["ann"]));
	assert.deepEqual(
		nodes.map((node) => `${node.level}${node.key}`),
		["1ann", "2cleo", "2dan", "1bob", "1more:"],
	);
	assert.equal(sizeOf(loaded, nodes, nodes[1] as (typeof nodes)[0]), 2);
	assert.equal(sizeOf(loaded, nodes, nodes[0] as (typeof nodes)[0]), -1, "how many are at the top is not known yet");
	assert.deepEqual(stepOf("ArrowLeft", nodes, "dan"), { to: "ann" });
	assert.deepEqual(stepOf("ArrowLeft", nodes, "ann"), { close: "ann" });
	assert.deepEqual(stepOf("ArrowRight", nodes, "ann"), { to: "cleo" });
	assert.deepEqual(stepOf("ArrowRight", visible(loaded, new Set()), "ann"), { open: "ann" });
	assert.equal(stepOf("ArrowRight", nodes, "bob"), null);
	assert.deepEqual(stepOf("b", nodes, "ann"), { to: "bob" });
	assert.deepEqual(stepOf("End", nodes, "ann"), { to: "more:" });
	assert.equal(stepOf("ArrowUp", nodes, "ann"), null);
});

test("a circle of who reports to whom is walked once", () => {
	const loaded: Loaded = new Map([
		["", { rows: [person("a", 1)], next: undefined }],
		["a", { rows: [person("b", 1)], next: undefined }],
		["b", { rows: [person("a", 1)], next: undefined }],
	]);
	assert.ok(visible(loaded, new Set(["a", "b"])).length <= 4);
});

test("what is sent of a new person is what was said, with a name and a user name", () => {
	const values = { ...noPerson(), given: "Ann", family: "Lee", emails: "Ann.Lee@x.test, a@x.test", roles: ["R"] };
	assert.deepEqual(createBody(values), {
		user: "ann.lee",
		given: "Ann",
		family: "Lee",
		emails: ["Ann.Lee@x.test", "a@x.test"],
		name: "Ann Lee",
		roles: ["R"],
		generate: true,
		must_change: true,
	});
	assert.equal("generate" in createBody({ ...values, sso_only: true }), false);
	assert.equal(createBody({ ...values, how: "later" }).invited, true);
	assert.equal(userNameFrom("", "Ann Lee"), "ann.lee");
});

test("what is emptied is taken away, what is untouched is not sent", () => {
	assert.deepEqual(editBody({ title: " ", phones: "1; 2", manager: "" }), { title: null, phones: ["1", "2"], manager: null });
	assert.deepEqual(editBody({ expires: "2027-01-31", sso_only: false }), { expires: "2027-01-31T00:00:00Z", auth_methods: null });
	assert.deepEqual(editBody({}), {});
	assert.deepEqual(lines(" a ,\n b;;c "), ["a", "b", "c"]);
	assert.equal(formName("user"), "user_name");
	const values = valuesOfPerson({ user_name: "ann", parent: "bob", emails: ["a@x.test", "b@x.test"], auth_methods: ["sso"] });
	assert.deepEqual([values.manager, values.emails, values.sso_only], ["bob", "a@x.test, b@x.test", true]);
});

test("who says an attribute is told beside it", () => {
	const sources = [{ type: "directory", name: "hq", id: "1", attributes: ["title"] }] as UserSource[];
	const rows = profileRows({ user_name: "ann", title: "Boss", manager: "id", parent: "bob" } as Person, sources);
	assert.deepEqual(rows.find((row) => row.name === "title"), { name: "title", values: ["Boss"], by: ["hq"] });
	assert.deepEqual(rows.find((row) => row.name === "manager")?.values, ["bob"]);
	assert.deepEqual(ownersOf("emails", sources), []);
});

const told: Explanation = {
	allowed: true,
	missing: [],
	permission: "tasks.view",
	scoped: true,
	granted_by: "roles",
	roles: [{ name: "Technician", id: "1", sources: [{ type: "local" }] }],
	other_roles: [],
	reach: "scope",
	scopes: [{ name: "North", id: "2", sources: [{ type: "local" }] }],
	policies: [],
};

test("why somebody may is a chain of the account, the grant and the place", () => {
	const steps = stepsOf(told);
	assert.deepEqual(
		steps.map((step) => [step.name, step.verdict, step.because, step.held.length]),
		[
			["account", "yes", "account_open", 0],
			["grant", "yes", "granted_roles", 1],
			["reach", "yes", "reach_scope", 1],
		],
	);
	assert.equal(answerOf(told), "allowed");
});

test("why somebody may not stops where it stops", () => {
	const none = { ...told, allowed: false, granted_by: "nothing" as const, roles: [], reach: "nothing" as const };
	const denied = stepsOf({ ...none, missing: [{ reason: "not_granted", text: "no" }] });
	assert.deepEqual(denied.map((step) => step.verdict), ["yes", "no", "unasked"]);
	const asleep = stepsOf({ ...told, allowed: false, missing: [{ reason: "inactive", text: "asleep" }] });
	assert.deepEqual(asleep.map((step) => step.verdict), ["no", "yes", "yes"]);
	const later = stepsOf({ ...told, allowed: false, missing: [{ reason: "of_a_later_server", text: "later" }] });
	assert.deepEqual(later[1]?.reasons.map((one) => one.text), ["later"]);
	const unnamed = { ...told, allowed: false, reach: "nothing" as const, missing: [{ reason: "scope_not_named", text: "where" }] };
	assert.deepEqual([answerOf(unnamed), stepsOf(unnamed)[2]?.verdict, stepsOf(unnamed)[2]?.held.length], ["somewhere", "partly", 1]);
	assert.equal(stepsOf({ ...told, own: true }).at(-1)?.name, "own");
});

test("permissions are grouped as they come and searched by any of their words", () => {
	const rows: Permission[] = [
		{ permission: "users.view", group: "users", label: "See users", granted_by: "roles", roles: [{ name: "Admin", id: "1" }] },
		{ permission: "tasks.view", group: "tasks", label: "See tasks", granted_by: "roles", roles: [] },
		{ permission: "users.edit", group: "users", granted_by: "roles", roles: [] },
	];
	assert.deepEqual(byGroup(rows).map(([group, of]) => [group, of.length]), [["users", 2], ["tasks", 1]]);
	assert.deepEqual(searched(rows, "see admin").map((one) => one.permission), ["users.view"]);
	assert.equal(searched(rows, " ").length, 3);
});

const said: SignIn = { closed: false, reasons: [], inactive_by: [], password: "here", must_change: false, totp: false, waits: [], recent: [] };

test("what keeps somebody from signing in comes with what to do", () => {
	assert.equal(verdictOf(said), "yes");
	const waits = { ...said, waits: [{ failures: 5, seconds: 9 }, { failures: 9, seconds: 70 }] };
	assert.deepEqual([verdictOf(waits), findingsOf(waits)[0]?.remedy, longestWait(waits)], ["wait", "unlock", 70]);
	const here = { ...said, closed: true, reasons: ["inactive", "no_password"], inactive_by: ["local"] };
	assert.deepEqual(findingsOf(here).map((one) => one.remedy), ["activate", "password"]);
	const there = { ...said, closed: true, reasons: ["inactive"], inactive_by: ["local", "hq"] };
	assert.deepEqual(findingsOf(there)[0], { reason: "inactive", remedy: "directory", sources: ["hq"] });
});

test("a change tells the old and the new, whatever they are", () => {
	assert.equal(changeText({ path: "a", old: null, new: ["x", "y"] }, "empty"), "x, y");
	assert.equal(changeText({ path: "a", old: "x", new: null }, "empty"), "x → empty");
	assert.equal(changeText({ path: "a", old: { b: 1 }, new: false }, "empty"), '{"b":1} → person.value_false');
});

test("many, and what is deleted, is asked for by name; what can be taken back is known", () => {
	assert.equal(asksForName("deactivate", 10), false);
	assert.equal(asksForName("deactivate", 11), true);
	assert.equal(asksForName("delete", 1), true);
	assert.equal(asksForName("reactivate", 5000), false);
	const job = { job: "1", action: "assign-role", state: "done", total: 3, done: 3, failed: 0 } as Job;
	assert.equal(opposite(job), "unassign-role");
	assert.equal(opposite({ ...job, action: "delete" }), null);
	assert.equal(opposite({ ...job, state: "running" }), null);
	assert.equal(opposite({ ...job, total: 5000 }), null);
	assert.equal(opposite({ ...job, replace: true } as Job), null, "whom it took a role from is not known any more");
});
