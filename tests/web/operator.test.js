// What operators do over all companies, and what nobody else sees of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";

let browser;
let instance;
let operators;
const password = "of the operators 1";

before(async () => {
	instance = startMuster();
	operators = apiOf(instance, instance.env.OPERATOR_TOKEN);
	await operators("POST", "users", { user: "olga", name: "Olga Operator", emails: ["olga@operators.test"], roles: ["PegotecUser"], password });
	for (let i = 1; i <= 60; i++) {
		const number = String(i).padStart(2, "0");
		await operators("POST", "tenants", { name: `branch-${number}`, type: i % 2 ? "customer" : "demo" });
	}
	browser = await openBrowser();
});
after(() => browser?.close());

async function begin(path, user = "olga") {
	const page = await openPage(browser, instance);
	await signIn(page, instance, user, password, "@operator");
	await page.visit(path);
	await page.waitForSelector("main h1");
	await settled(page);
	return page;
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const main = (page) => page.getByRole("main");
const link = (page, name) => main(page).getByRole("link", { name, exact: true });

const badge = (page, text) => main(page).locator(".badge").filter({ hasText: text });

async function confirm(page, company, button) {
	const submit = page.getByRole("button", { name: button });
	assert.ok(await submit.isDisabled(), "the name is asked for");
	await page.getByLabel(`To go on, type: ${company}`).fill(company);
	await submit.click();
	await page.waitForSelector(".toast");
}

async function signInStatus(tenant) {
	const response = await fetch(`${instance.env.API_URL}/session`, {
		method: "POST",
		headers: { "Content-Type": "application/json", Origin: instance.url },
		body: JSON.stringify({ tenant, user: "mia", password }),
	});
	return response.status;
}

test("a company is found among sixty, suspended and resumed", async () => {
	await operators("POST", "tenants/branch-47/users", { user: "mia", name: "Mia Muster", emails: ["mia@branch.test"], roles: ["Viewer"], password });
	assert.equal(await signInStatus("branch-47"), 200);
	const page = await begin("/tenants");
	assert.equal(await main(page).locator("tbody tr[data-row]").count(), 50, "a page of them");
	await page.getByRole("searchbox", { name: "Find a company" }).fill("branch-47");
	await page.waitForFunction(() => document.querySelectorAll("main tbody tr[data-row]").length === 1);
	await page.waitForURL("**/tenants?q=branch-47");
	await page.reload();
	await link(page, "branch-47").click();
	await page.waitForSelector("main h1:text-is('branch-47')");
	await settled(page);

	await press(page, "Suspend…");
	assert.match(await page.textContent("dialog"), /1 person can sign in nowhere any more/);
	await confirm(page, "branch-47", "Suspend the company");
	await badge(page, "Suspended").waitFor();
	assert.notEqual(await signInStatus("branch-47"), 200);

	await page.visit("/tenants?state=suspended");
	await link(page, "branch-47").waitFor();
	assert.equal(await main(page).locator("tbody tr[data-row]").count(), 1);
	await link(page, "branch-47").click();
	await press(page, "Resume…");
	await confirm(page, "branch-47", "Resume the company");
	await badge(page, "Active").waitFor();
	assert.equal(await signInStatus("branch-47"), 200);
	assertClean(page);
	await page.context().close();
});

test("the companies are turned page by page, sorted and narrowed by kind", async () => {
	const page = await begin("/tenants?type=demo");
	assert.match(await page.textContent(".table-foot"), /30/);
	await page.visit("/tenants");
	await page.getByRole("button", { name: "Next" }).click();
	await page.waitForFunction(() => document.querySelectorAll("main tbody tr[data-row]").length === 12);
	await link(page, "globex").waitFor();
	await page.getByRole("columnheader", { name: "Company" }).getByRole("button").click();
	await page.waitForURL("**/tenants?sort=tenant&order=asc");
	await page.getByRole("columnheader", { name: "Company" }).getByRole("button").click();
	await page.waitForURL("**/tenants?sort=tenant&order=desc");
	await main(page).locator("tbody tr[data-row]").first().getByRole("link", { name: "globex", exact: true }).waitFor();
	assertClean(page);
	await page.context().close();
});

test("an operator goes into a company and back, and the address says where", async () => {
	const page = await begin("/tenants/branch-12");
	await link(page, "Go into the company").click();
	await page.waitForURL("**/console/@branch-12/");
	const mark = page.getByRole("region", { name: "Company that you work in" });
	await mark.getByText("You work in branch-12 as an operator").waitFor();
	await page.getByRole("navigation", { name: "Menu" }).getByRole("link", { name: "Roles" }).click();
	await page.waitForURL("**/console/@branch-12/roles");
	assert.equal(await page.getByRole("link", { name: "Companies" }).count(), 0, "the operators' pages are not of a company");
	await page.reload();
	await mark.waitFor();
	await page.waitForURL("**/console/@branch-12/roles");
	await settled(page);
	await mark.getByRole("link", { name: "Leave this company" }).click();
	await page.waitForURL("**/console/tenants/branch-12");
	await page.waitForSelector("main h1:text-is('branch-12')");
	assert.equal(await mark.count(), 0);
	assertClean(page);
	await page.context().close();
});

test("a change of one company is found in the audit of all, and opened there", async () => {
	const { id } = await operators("POST", "tenants/branch-31/roles", { role: "Lamp Lighter", permissions: ["users.view"] });
	await operators("POST", "tenants/branch-30/roles", { role: "Lamp Cleaner", permissions: ["users.view"] });
	const page = await begin("/all/audit");
	await page.getByRole("searchbox", { name: "Contains" }).fill("Lamp Lighter");
	await page.waitForFunction(() => document.querySelectorAll("main tbody tr[data-row]").length === 1);
	assert.equal(await link(page, "Lamp Lighter").getAttribute("href"), `/console/@branch-31/roles/${id}`);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as CSV" }).click()]);
	const rows = readFileSync(await download.path(), "utf8").trim().split("\r\n");
	assert.match(rows[0], /^Time,Company,Action/);
	assert.equal(rows.length, 2, "the file is of the same filters");
	assert.match(rows[1], /,branch-31,role\.created,.*Lamp Lighter/);
	await link(page, "branch-31").click();
	await page.waitForURL("**/console/@branch-31/audit?**");
	await page.waitForSelector(".audit-detail");
	assert.match(await main(page).textContent(), /Lamp Lighter/);
	assertClean(page);
	await page.context().close();
});

test("a company is created, and a name that cannot be is refused at its field", async () => {
	const page = await begin("/tenants");
	await press(page, "Create a company");
	await page.fill("dialog [name=name]", "New Company");
	await page.selectOption("dialog [name=preset]", "titanus");
	await press(page, "Create the company");
	await page.waitForSelector("dialog [name=name][aria-invalid=true]");
	assert.equal(await page.inputValue("dialog [name=preset]"), "titanus", "nothing typed is lost");
	await page.fill("dialog [name=name]", "new-company");
	await press(page, "Create the company");
	await page.waitForURL("**/console/tenants/new-company");
	await main(page).getByText("Facilities (titanus)").waitFor();
	await link(page, "Create the first person").click();
	await page.waitForURL("**/console/@new-company/users/new");
	await page.context().close();
});

test("what is known of a person is found in every company and kept as a file", async () => {
	for (const branch of ["branch-05", "branch-06"]) {
		await operators("POST", `tenants/${branch}/users`, { user: "nora", name: "Nora North", emails: ["nora@north.test"], roles: ["Viewer"] });
	}
	const page = await begin("/data-requests");
	await page.fill("[name=text]", "nora@north.test");
	await page.fill("[name=reason]", "asked by herself");
	await press(page, "Find");
	await main(page).getByRole("cell", { name: "branch-06", exact: true }).waitFor();
	assert.equal(await main(page).locator("tbody tr").count(), 2);
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.getByRole("button", { name: "Save as a file of Nora North, branch-05" }).click(),
	]);
	const told = JSON.parse(readFileSync(await download.path(), "utf8"));
	assert.equal(told.tenant, "branch-05");
	assert.ok(told.audit.some((row) => row.action === "user.created"));
	assertClean(page);
	await page.context().close();
});

test("who is no operator sees none of it and is told so", async () => {
	const page = await openPage(browser, instance);
	await signIn(page, instance);
	const menu = page.getByRole("navigation", { name: "Menu" });
	await menu.getByRole("link", { name: "Users" }).waitFor();
	for (const name of ["Companies", "Audit of all companies", "Data requests"]) {
		assert.equal(await menu.getByRole("link", { name, exact: true }).count(), 0, name);
	}
	for (const path of ["/tenants", "/tenants/branch-01", "/all/audit", "/data-requests"]) {
		await page.visit(path);
		await main(page).getByText("This page is for the operators", { exact: true }).waitFor();
	}
	await page.visit("/@branch-01/users");
	await main(page).getByText("You are not of this company", { exact: true }).waitFor();
	assert.equal(await menu.getByRole("link", { name: "Users" }).getAttribute("href"), "/console/users", "the menu leads home");
	const asked = await page.evaluate(async () => {
		const paths = ["tenants", "all/audit", "data-requests?text=a&reason=b", "status", "tenants/branch-01/users"];
		return Promise.all(paths.map((path) => fetch(`/api/v1/${path}`).then((response) => response.status)));
	});
	assert.deepEqual(asked, [403, 403, 403, 403, 404]);
	await page.context().close();
});

test("an operator without a right has no page for it in the menu, and is told which roles have it", async () => {
	await operators("POST", "roles", { role: "Auditor", permissions: ["audit.view", "audit.view_all", "roles.view"] });
	await operators("POST", "users", { user: "otto", name: "Otto Auditor", emails: ["otto@operators.test"], roles: ["Auditor"], password });
	const page = await begin("/all/audit", "otto");
	await page.waitForSelector("main tbody tr[data-row]");
	const menu = page.getByRole("navigation", { name: "Menu" });
	assert.equal(await menu.getByRole("link", { name: "Audit of all companies" }).count(), 1);
	assert.equal(await menu.getByRole("link", { name: "Companies", exact: true }).count(), 0);
	await page.visit("/tenants");
	await main(page).getByText("companies.manage").waitFor();
	await main(page).getByText("Roles that have it: PegotecUser.").waitFor();
	await page.visit("/@branch-01/audit");
	await main(page).getByText("tenants.switch").waitFor();
	await menu.getByRole("link", { name: "Audit of all companies" }).click();
	await page.waitForURL("**/console/all/audit");
	await page.waitForSelector("main tbody tr[data-row]");
	assertClean(page);
	await page.context().close();
});

test("the operators' own company has no page of settings, and says where they are", async () => {
	const page = await begin("/settings");
	await main(page).getByText("The operators' own company has none of this", { exact: true }).waitFor();
	const menu = page.getByRole("navigation", { name: "Menu" });
	assert.equal(await menu.getByRole("link", { name: "Company settings" }).count(), 0);
	await page.visit("/@acme/settings");
	await menu.getByRole("link", { name: "Company settings" }).waitFor();
	await page.waitForSelector("main form");
	assertClean(page);
	await page.context().close();
});
