import assert from "node:assert/strict";
import { test } from "node:test";
import { appsWithoutRead, catalogueOf, changeOf, type Permission, search } from "console/screens/access/rows";
import { askedOf, dayBegin, diffOf, nameOf, placeOf } from "console/screens/audit/rows";

function permission(permission: string, group: string, origin: Permission["origin"] = "core", label = permission): Permission {
	return { permission, group, label, origin, scoped: false, own: false, roles: [] };
}

const known = [
	permission("users.view", "users", "core", "See users"),
	permission("orders.read", "orders", "app", "Orders"),
	permission("tasks.view", "tasks", "preset", "See tasks"),
	permission("orders.update", "orders", "app", "Orders"),
	permission("users.edit", "users", "core", "Change users"),
];

test("permissions stand by their groups, an app is a row", () => {
	const { groups, apps } = catalogueOf(known);
	assert.deepEqual(groups.map(({ group, permissions }) => [group, permissions.length]), [["users", 2], ["tasks", 1]]);
	assert.deepEqual(apps.map(({ app, label }) => [app, label]), [["orders", "Orders"]]);
	assert.deepEqual(Object.keys(apps[0]?.may ?? {}), ["read", "update"]);
});

test("a change tells what comes and what goes", () => {
	assert.deepEqual(changeOf(["a", "b"], ["b", "c"]), { gained: ["c"], lost: ["a"] });
	assert.deepEqual(changeOf([], []), { gained: [], lost: [] });
});

test("an app that may be changed but not read is told of", () => {
	const { apps } = catalogueOf(known);
	assert.deepEqual(appsWithoutRead(apps, ["orders.update"]), ["Orders"]);
	assert.deepEqual(appsWithoutRead(apps, ["orders.update", "orders.read"]), []);
	assert.deepEqual(appsWithoutRead(apps, []), []);
});

test("each word of a search must be found, in the code, the label or the group", () => {
	const names = (text: string) => search(known, text).map((one) => one.permission);
	assert.deepEqual(names("SEE"), ["users.view", "tasks.view"]);
	assert.deepEqual(names("see users"), ["users.view"]);
	assert.equal(names("").length, known.length);
});

test("a day begins where the company is, also when clocks change", () => {
	assert.equal(dayBegin("2026-01-15", "UTC"), "2026-01-15T00:00:00Z");
	assert.equal(dayBegin("2026-01-15", "Asia/Jakarta"), "2026-01-14T17:00:00Z");
	assert.equal(dayBegin("2026-03-29", "Europe/Berlin"), "2026-03-28T23:00:00Z");
	assert.equal(dayBegin("2026-03-29", "Europe/Berlin", true), "2026-03-29T22:00:00Z");
	assert.equal(dayBegin("2026-10-25", "Europe/Berlin", true), "2026-10-25T23:00:00Z");
	assert.equal(dayBegin("soon", "UTC"), undefined);
});

test("the filters of the audit are asked for as the API has them", () => {
	const asked = askedOf({ actor: "a", from: "2026-01-15", to: "2026-01-15", outcome: "denied" }, "UTC");
	assert.deepEqual(JSON.parse(JSON.stringify(asked)), {
		actor: "a",
		from: "2026-01-15T00:00:00Z",
		to: "2026-01-16T00:00:00Z",
		outcome: "denied",
	});
});

test("before and after are values, whatever was said", () => {
	assert.deepEqual(diffOf([{ path: "x", old: null, new: ["a", 1] }, { path: "y", old: { z: true }, new: "" }]), [
		{ name: "x", base: [], here: ["a", "1"] },
		{ name: "y", base: ['{"z":true}'], here: [] },
	]);
});

test("what has a page is linked, what is gone is not", () => {
	const role = { id: "r/1", name: "R", type: "role" };
	assert.equal(placeOf(role, "role.updated"), "/roles/r%2F1");
	assert.equal(placeOf(role, "role.deleted"), undefined);
	assert.equal(placeOf({ id: null, name: "console", type: "operator" }), undefined);
});

test("the name of an id is what the rows say", () => {
	const row = { actor: { id: "1", name: "Anna", type: "user" }, target: { id: "2", name: null, type: "role" }, subject: null };
	assert.equal(nameOf("1", [row as never]), "Anna");
	assert.equal(nameOf("2", [row as never]), undefined);
});
