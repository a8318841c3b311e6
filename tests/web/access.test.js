// Journeys: a role is changed, and what that does is told before; a change is found in the audit.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertAccessible, assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";

const password = "a long enough password 1";
let browser;
let instance;
let api;
let role;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	role = (await api("POST", "roles", { role: "Night Shift", permissions: ["tasks.view", "assets.view"] })).id;
	for (const name of ["Anna Adler", "Bert Berg", "Carla Cruz"]) {
		const user = name.split(" ")[0].toLowerCase();
		const roles = user === "carla" ? ["Viewer"] : ["Night Shift"];
		await api("POST", "users", { user, name, emails: [`${user}@acme.test`], roles, password });
	}
	browser = await openBrowser();
});
after(() => browser?.close());

async function open(path, user = instance.env.ACME_ADMIN, secret = instance.env.ACME_ADMIN_PW) {
	const page = await openPage(browser, instance);
	await page.visit(path);
	await page.waitForSelector(".sign-in");
	await signIn(page, instance, user, secret);
	await page.waitForSelector("main h1");
	await settled(page);
	return page;
}

const held = async () => (await api("GET", `roles/${role}`)).permission;

test("who changes a role is told before what it does, to how many and to whom", async () => {
	const page = await open("/roles");
	await page.getByRole("link", { name: "Night Shift" }).click();
	await page.getByRole("link", { name: "Edit" }).click();
	await page.getByLabel("See the asset hierarchy").uncheck();
	await page.getByLabel("See reports").check();
	assert.match(await page.textContent(".notice"), /2 people hold this role/);
	await page.getByRole("button", { name: "Save" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("link", { name: "Anna Adler" }).waitFor();
	const told = await dialog.textContent();
	for (const part of [/affects 2 people/, /1 permission is added\s*See reports/, /1 permission is removed\s*See the asset hierarchy/, /Bert Berg/]) assert.match(told, part);
	assert.deepEqual(await held(), ["assets.view", "tasks.view"], "nothing is changed yet");
	await dialog.getByRole("button", { name: "Cancel" }).click();
	assert.deepEqual(await held(), ["assets.view", "tasks.view"], "nor by going back");

	await page.getByRole("button", { name: "Save" }).click();
	await dialog.getByRole("button", { name: "Change it for 2 people" }).click();
	await page.waitForURL(`**/roles/${role}`);
	await page.waitForSelector(".granted-list :text('See reports')");
	assert.deepEqual(await held(), ["reports.view", "tasks.view"]);
	assertClean(page);
	await page.context().close();
});

test("what somebody else changed meanwhile stands beside one's own, and nothing typed is lost", async () => {
	const page = await open(`/roles/${role}/edit`);
	await page.fill("[name=description]", "Who works at night");
	await api("PATCH", `roles/${role}`, { description: "From ten to six" });
	await page.getByRole("button", { name: "Save" }).click();
	await page.waitForSelector(".failure .diff");
	assert.match(await page.textContent(".failure .diff"), /From ten to six.*Who works at night/s);
	assert.equal(await page.inputValue("[name=description]"), "Who works at night");
	await assertAccessible(page, "overtaken");
	await page.getByRole("button", { name: "Save mine over theirs" }).click();
	await page.waitForURL(`**/roles/${role}`);
	assert.deepEqual((await api("GET", `roles/${role}`)).description, ["Who works at night"]);
	await page.context().close();
});

test("who joins or leaves a role meanwhile is no reason to ask", async () => {
	const page = await open(`/roles/${role}/edit`);
	await page.fill("[name=description]", "Ten to six");
	await api("POST", `roles/${role}/members`, { user: "carla" });
	await api("DELETE", `roles/${role}/members/carla`);
	await page.getByRole("button", { name: "Save" }).click();
	await page.waitForURL(`**/roles/${role}`);
	assert.deepEqual((await api("GET", `roles/${role}`)).description, ["Ten to six"]);
	await page.context().close();
});

test("a member is found by typing and added, and taken out again, by keys alone", async () => {
	const page = await open(`/roles/${role}?tab=members`);
	await page.waitForSelector("tbody tr[data-row]");
	await page.getByRole("combobox", { name: "Add a member" }).focus();
	await page.keyboard.type("carl");
	await page.waitForSelector("[role=option]:has-text('Carla Cruz')");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await page.getByRole("row", { name: /Carla Cruz/ }).waitFor();
	assert.equal((await api("GET", `roles/${role}`)).member_count, 3);
	await page.getByRole("button", { name: "Remove Carla Cruz" }).focus();
	await page.keyboard.press("Enter");
	await page.getByRole("dialog").getByRole("button", { name: "Remove" }).focus();
	await page.keyboard.press("Enter");
	await page.getByRole("row", { name: /Carla Cruz/ }).waitFor({ state: "detached" });
	assert.equal((await api("GET", `roles/${role}`)).member_count, 2);
	assertClean(page);
	await page.context().close();
});

test("a role is found and taken from a person whatever it is called", async () => {
	const names = ["Read/Write", "new"];
	const roles = [];
	for (const role of names) roles.push((await api("POST", "roles", { role, permissions: ["tasks.view"] })).id);
	const body = { user: "odette", name: "Odette Odd", emails: ["odette@acme.test"], roles: ["Viewer", ...names] };
	const page = await open(`/users/${(await api("POST", "users", body)).id}?tab=access`);
	for (const [i, name] of names.entries()) {
		const held = page.locator(".held li", { has: page.getByText(name, { exact: true }) });
		await held.locator(`a[href='/console/roles/${roles[i]}']`).waitFor();
		await held.getByRole("button").click();
		await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
		await held.waitFor({ state: "detached" });
		await api("DELETE", `roles/${roles[i]}`);
	}
	assertClean(page);
	await page.context().close();
});

test("a role that somebody holds cannot be deleted, and who that is is said", async () => {
	const page = await open(`/roles/${role}`);
	await page.getByRole("button", { name: "Delete…" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("link", { name: "Bert Berg" }).waitFor();
	assert.match(await dialog.textContent(), /2 people still hold it/);
	assert.equal(await dialog.getByRole("button", { name: "Delete role" }).count(), 0);
	await dialog.getByRole("link", { name: "See the members" }).click();
	await dialog.waitFor({ state: "hidden" });
	assert.match(page.url(), /tab=members/);
	await page.context().close();
});

test("a copy of a built-in role is changed and deleted by its name", async () => {
	const page = await open("/roles");
	await page.getByRole("button", { name: "Actions for Viewer" }).click();
	assert.equal(await page.getByRole("button", { name: "Delete…" }).locator("visible=true").count(), 0, "a built-in role stays");
	await page.getByRole("button", { name: "Duplicate…" }).locator("visible=true").click();
	await page.getByLabel("Name of the copy").fill("Guest");
	await page.getByRole("dialog").getByRole("button", { name: "Duplicate" }).click();
	await page.waitForURL("**/edit");
	await page.getByLabel("See reports").uncheck();
	await page.getByRole("button", { name: "Save" }).click();
	await page.getByRole("button", { name: "Delete…" }).click();
	const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete role" });
	await page.getByLabel("To go on, type: Guest").fill("guest");
	assert.ok(await confirm.isDisabled());
	await page.getByLabel("To go on, type: Guest").fill("Guest");
	await confirm.click();
	await page.waitForURL("**/roles");
	assert.equal((await api("GET", "roles?contains=guest")).items.length, 0);
	assertClean(page);
	await page.context().close();
});

test("from a role one comes to who changed what and when, with before and after, and takes it along as CSV", async () => {
	const page = await open(`/roles/${role}`);
	await page.getByRole("link", { name: "History" }).click();
	await page.getByLabel("Contains").fill("reports.view");
	await page.waitForURL(/text=reports\.view/);
	await settled(page);
	const row = page.getByRole("row", { name: /Role: changed/ }).last();
	await row.getByRole("button").click();
	await page.waitForSelector(".diff");
	const diff = await page.textContent(".diff");
	for (const part of [/Permissions/, /reports\.view.*added/s, /assets\.view.*removed/s]) assert.match(diff, part);

	// What is shown is in the address: another window shows the same.
	const address = new URL(page.url());
	assert.equal(address.searchParams.get("target"), role);
	await page.reload();
	await page.waitForSelector(".diff");
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as CSV" }).click()]);
	const csv = readFileSync(await download.path(), "utf8");
	assert.match(csv.split("\n")[0], /Time,Action,Actor/);
	assert.match(csv, /role\.updated,.*Night Shift/);
	assert.ok(!csv.includes("user.created"), "the file is of the same filters");
	assertClean(page);
	await page.context().close();
});

test("from a person one comes to all that the person did, by typing a name and choosing what", async () => {
	const page = await open("/audit");
	await page.getByRole("combobox", { name: "By whom" }).click();
	await page.getByRole("combobox", { name: "By whom" }).fill("admin");
	await page.getByRole("option", { name: /admin/ }).first().click();
	await page.waitForURL(/actor=/);
	await page.getByRole("combobox", { name: "Action" }).selectOption("role.updated");
	await settled(page);
	await page.waitForSelector("tbody tr[data-row]");
	const actions = await page.locator("tbody tr[data-row] > td:nth-of-type(1)").allTextContents();
	assert.ok(actions.length > 0 && actions.every((one) => one === "Role: changed"), String(actions));
	await page.getByRole("button", { name: /Remove the filter Action/ }).click();
	await page.waitForURL((url) => !url.searchParams.has("action"));
	await page.context().close();
});

test("an attempt that was denied is found as such", async () => {
	const carla = await open("/", "carla", password);
	const status = await carla.evaluate(async (target) => {
		const session = await (await fetch("/api/v1/session")).json();
		const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf, "If-Match": "*" };
		const answer = await fetch(`/api/v1/roles/${target}`, { method: "PATCH", headers, body: '{"description":"mine"}' });
		return answer.status;
	}, role);
	assert.equal(status, 403);
	await carla.context().close();
	const page = await open("/audit?outcome=denied");
	await page.getByRole("row", { name: /Carla|carla/ }).first().waitFor();
	assert.match(await page.textContent("tbody"), /Denied/);
	await page.context().close();
});

test("what is half typed in a dialog goes only when that is meant", async () => {
	const page = await open("/scopes");
	const dialog = page.getByRole("dialog");
	await page.getByRole("button", { name: "New scope" }).first().click();
	await page.fill("[name=scope]", "Half typ");
	let meant = false;
	page.on("dialog", (question) => void (meant ? question.accept() : question.dismiss()));
	// A browser closes any dialog when Escape comes often enough.
	for (const press of [1, 2, 3, 4]) {
		await page.keyboard.press("Escape");
		await dialog.waitFor();
		assert.equal(await page.inputValue("[name=scope]"), "Half typ", `Escape ${press}`);
	}
	meant = true;
	await dialog.getByRole("button", { name: "Close" }).click();
	await page.waitForSelector("dialog", { state: "detached" });
	assertClean(page);
});

test("a scope's loss is told before, and who may not change is offered nothing", async () => {
	const scope = (await api("POST", "scopes", { scope: "Dock 9" })).id;
	await api("POST", `scopes/${scope}/members`, { user: "anna" });
	const page = await open(`/scopes/${scope}`);
	await page.getByRole("button", { name: "Edit" }).click();
	await page.fill("[name=scope]", "Dock 10");
	await api("PATCH", `scopes/${scope}`, { description: "By the river" });
	await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
	await page.getByRole("dialog").getByText("By the river").first().waitFor();
	await page.getByRole("button", { name: "Save mine over theirs" }).click();
	await page.waitForSelector("main h1:text-is('Dock 10')");
	await page.getByRole("button", { name: "Delete…" }).click();
	assert.match(await page.getByRole("dialog").textContent(), /1 person loses this scope.*sees the whole company/);
	await page.getByLabel("To go on, type: Dock 10").fill("Dock 10");
	await page.getByRole("button", { name: "Delete scope" }).click();
	await page.waitForURL("**/scopes");
	assert.equal((await api("GET", "scopes")).items.length, 0);
	assertClean(page, [/412 .*\/scopes\//]);
	await page.context().close();

	const viewer = await open(`/roles/${role}`, "carla", password);
	await viewer.waitForSelector("main h1:text-is('Night Shift')");
	for (const name of ["Edit", "Duplicate…", "Delete…"]) {
		assert.equal(await viewer.getByRole("button", { name }).count() + await viewer.getByRole("link", { name }).count(), 0, name);
	}
	await viewer.context().close();
});
