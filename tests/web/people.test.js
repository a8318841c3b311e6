// People, as an administrator works with them: many at once, one and why, made and changed, by keys.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";

const count = 24;
let browser;
let instance;
let api;
let page;
let people;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	await api("POST", "scopes", { scope: "North" });
	people = [];
	for (let i = 0; i < count; i++) {
		const name = `crew${String(i).padStart(2, "0")}`;
		const body = { user: name, name: `Crew ${String(i).padStart(2, "0")}`, emails: [`${name}@acme.test`], roles: ["Technician"] };
		people.push((await api("POST", "users", { ...body, ...(i > 0 ? { manager: people[0] } : { scopes: ["North"] }) })).id);
	}
	browser = await openBrowser();
	page = await openPage(browser, instance);
	await page.visit("/");
	await signIn(page, instance);
});
after(() => browser?.close());

const row = "tbody tr[data-row]";

async function open(path, ready = row) {
	page.errors.length = 0;
	await page.visit(path);
	await page.waitForSelector(ready);
	await settled(page);
}

async function activeCrew() {
	return (await api("GET", "users?contains=crew&filter=active%20eq%20true&limit=1&total=true")).total;
}

test("20 people are deactivated at once, after a look at what would happen, and taken back", async () => {
	await open("/users?q=crew");
	await page.getByLabel("Rows per page").selectOption("20");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 20);
	await page.getByLabel("Select all rows of this page").check();
	await page.getByText("20 selected").waitFor();
	await page.getByRole("button", { name: "Deactivate…" }).click();
	await page.getByRole("heading", { name: "What would happen" }).waitFor();
	await settled(page);
	assert.equal(await activeCrew(), count, "nothing has happened yet");
	await page.getByRole("button", { name: "Deactivate 20 people" }).click();
	const confirm = page.locator("dialog button.danger");
	assert.equal(await confirm.isDisabled(), true, "20 are not deactivated by a slip");
	await page.locator("dialog").getByRole("textbox").fill("acme");
	await confirm.click();
	await page.getByRole("heading", { name: "What happened" }).waitFor();
	await page.getByRole("button", { name: "Undo…" }).waitFor();
	assert.equal(await activeCrew(), count - 20);
	await page.reload();
	await page.waitForSelector(row);
	assert.equal(await page.locator(row).first().getByText("Changed").count(), 1, "the result survives a reload");
	await page.getByRole("button", { name: "Undo…" }).click();
	await page.getByRole("button", { name: "Reactivate 20 people" }).click();
	await page.locator("dialog button.primary").click();
	await page.getByRole("heading", { name: "What happened" }).waitFor();
	await page.getByRole("button", { name: "Undo…" }).waitFor();
	assert.equal(await activeCrew(), count);
	assertClean(page);
});

test("a second click plans nothing twice", async () => {
	await open("/users?q=crew");
	let planned = 0;
	page.on("request", (request) => (planned += request.url().endsWith("/users/bulk") ? 1 : 0));
	await page.getByLabel("Select all rows of this page").check();
	await page.getByRole("button", { name: "Deactivate…" }).dblclick();
	await page.getByRole("heading", { name: "What would happen" }).waitFor();
	await settled(page);
	assert.equal(planned, 1);
	assertClean(page);
});

test("pages are turned in the order that the list has by now", async () => {
	await open("/users?q=crew");
	await page.getByLabel("Rows per page").selectOption("20");
	const first = page.locator(row).first();
	const previous = page.getByRole("button", { name: "Previous" });
	async function next() {
		await page.getByRole("button", { name: "Next" }).click();
		await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 4);
		assert.equal(await previous.count(), 1);
	}
	await next();
	await page.getByRole("button", { name: /^E-mail/ }).click();
	await first.getByText("crew00@acme.test").waitFor();
	assert.equal(await previous.count(), 0, "another order begins anew");
	await next();
	await page.goBack();
	await first.getByText("crew00@acme.test").waitFor();
	assert.equal(await previous.count(), 0, "so does the way back of the browser");
	await next();
	await previous.click();
	await first.getByText("crew00@acme.test").waitFor();
	assertClean(page);
});

test("who must not be changed is left out, with the reason", async () => {
	await open("/users?q=sandbox");
	await page.getByLabel("Select all rows of this page").check();
	await page.getByRole("button", { name: "Deactivate…" }).click();
	await page.getByText("1 person is left out").waitFor();
	await page.getByText("the last active Admin must stay").first().waitFor();
	assert.equal(await page.locator(".actions .danger").isDisabled(), true);
	assertClean(page);
});

test("the filter as text finds whom the list shows, the search included", async () => {
	await open("/users?q=crew%200&state=active");
	const text = await page.locator(".filter-text code").textContent();
	const found = await api("GET", `users?filter=${encodeURIComponent(text)}&limit=1&total=true`);
	assert.equal(found.total, 12, text);
	assert.equal(await page.locator(row).count(), 12);
	const scim = await fetch(`${instance.env.ACME_SCIM_URL}/Users?count=1&filter=${encodeURIComponent(text)}`, {
		headers: { Authorization: `Bearer ${instance.env.ACME_SCIM_TOKEN}` },
	});
	assert.equal((await scim.json()).totalResults, 12, "SCIM finds them too");
	assertClean(page);
});

test("all that match are meant, beyond the page, and no other number of them", async () => {
	await open("/users?q=crew");
	await page.getByLabel("Rows per page").selectOption("20");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 20);
	await page.getByLabel("Select all rows of this page").check();
	await page.getByRole("button", { name: `Select all ${count} that match` }).click();
	await page.getByText(`${count} selected`).waitFor();
	const late = await api("POST", "users", { user: "crewlate", name: "Crew Late", emails: ["late@acme.test"], roles: ["Viewer"] });
	// The number that was chosen is sent, whatever the list says by now.
	const asked = page.waitForRequest((request) => request.url().endsWith("/users/bulk"));
	await page.getByRole("button", { name: "Assign role…" }).click();
	await page.getByLabel("Viewer").check();
	await page.getByRole("button", { name: "Show preview" }).click();
	const body = (await asked).postDataJSON();
	assert.equal((await (await asked).response()).status(), 409);
	assert.deepEqual([body.contains, body.preview, body.users], ["crew", true, undefined]);
	await api("DELETE", `users/${late.id}`);
	// What the browser writes of it comes at the latest with the next page.
	await open("/users");
	page.errors.length = 0;
});

test("a list is exported by a job and downloaded", async () => {
	await open("/users?q=crew0");
	await page.getByLabel("Select all rows of this page").check();
	await page.getByRole("button", { name: "Export as CSV" }).click();
	const link = page.getByRole("link", { name: "Download CSV" });
	await link.waitFor();
	const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
	const lines = readFileSync(await file.path(), "utf8").trim().split("\n");
	assert.equal(lines.length, 11, "a heading and ten people");
	assert.match(file.suggestedFilename(), /^export-\d{4}-\d\d-\d\d\.csv$/);
	assert.equal(await page.getByText("hidden from you").count(), 0, "one's own file");
	const others = await api("POST", "users/bulk", { action: "export", users: people.slice(0, 2) });
	await open(`/jobs/${others.job}`, "a[download]");
	assert.equal(await page.getByText("hidden from you").count(), 0, "nor is anybody hidden from an Admin");
	assertClean(page);
});

test("why a user can do something is found from the list", async () => {
	await open("/users?q=crew00");
	await page.getByRole("link", { name: /Crew 00/ }).click();
	await page.getByRole("tab", { name: "Roles and access" }).click();
	await page.getByRole("button", { name: "Why: Execute tasks in the field" }).click();
	const answer = page.locator(".why");
	await answer.getByText("Only in some scopes").waitFor();
	await page.getByLabel("In the scope").selectOption("North");
	await answer.locator(".badge.good", { hasText: "Allowed" }).waitFor();
	const chain = await answer.locator(".chain").textContent();
	assert.match(chain, /Account: Active/);
	assert.match(chain, /Granted by a role that is held:.*Technician given here.*since.*by sandbox-api/s);
	assert.match(chain, /In a scope that is held:.*North/s);
	const url = page.url();
	assert.match(url, /why=tasks\.execute/);
	await page.reload();
	await page.locator(".why .badge.good", { hasText: "Allowed" }).waitFor();
	await page.getByLabel("Permission", { exact: true }).selectOption("users.edit");
	await page.locator(".why").getByText("Not allowed").waitFor();
	await page.locator(".why").getByRole("link", { name: "Admin" }).waitFor();
	assertClean(page);
});

test("the list, a person and back, by the keyboard alone", async () => {
	await open("/users?q=crew");
	await page.locator(row).first().focus();
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-row")), "2");
	await page.keyboard.press("x");
	await page.keyboard.press("k");
	await page.keyboard.press("x");
	await page.getByText("2 selected").waitFor();
	await page.keyboard.press("/");
	assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("type")), "search");
	await page.keyboard.type("01");
	assert.equal(await page.inputValue("input[type=search]"), "crew01", "letters are letters where one types");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 1);
	await settled(page);
	await page.locator(row).first().focus();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: "Crew 01" }).waitFor();
	await page.waitForFunction(() => document.activeElement?.tagName === "H1");
	await page.getByRole("tab", { name: "Profile" }).focus();
	await page.keyboard.press("End");
	await page.getByRole("tabpanel", { name: "History" }).waitFor();
	await page.goBack();
	await page.waitForSelector("input[type=search]");
	assert.equal(await page.inputValue("input[type=search]"), "crew01");
	assertClean(page);
});

test("the tree is walked by its keys, and opens what is below when it is asked", async () => {
	await open("/users/tree", "[role=treeitem]");
	const boss = page.locator("[role=treeitem]", { hasText: "Crew 00" });
	assert.equal(await boss.getAttribute("aria-expanded"), "false");
	assert.equal(await page.locator("[aria-level='2']").count(), 0);
	await page.locator("[role=treeitem]").first().focus();
	await page.keyboard.press("c");
	await page.keyboard.press("ArrowRight");
	await page.waitForSelector("[aria-level='2']");
	assert.equal(await boss.getAttribute("aria-expanded"), "true");
	assert.equal(await page.locator("[aria-level='2']").first().getAttribute("aria-setsize"), String(count - 1));
	await page.keyboard.press("ArrowRight");
	assert.match(await page.evaluate(() => document.activeElement?.textContent), /Crew 01/);
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("ArrowLeft");
	assert.equal(await page.locator("[aria-level='2']").count(), 0);
	assertClean(page);
});

test("somebody new is made in the preset's sections, and the password is told once", async () => {
	await open("/users/new", "form .picks input");
	await page.getByLabel("Display name").fill("Nora Neu");
	await page.getByLabel("E-mail").fill("crew00@acme.test");
	await page.getByRole("button", { name: "Create" }).click();
	const refused = page.locator(".error");
	await refused.first().waitFor();
	assert.equal(await page.getByLabel("Display name").inputValue(), "Nora Neu", "nothing typed is lost");
	await page.getByLabel("E-mail").fill("nora@acme.test");
	await page.getByLabel("Technician").check();
	await page.getByRole("button", { name: "Create" }).click();
	const password = await page.locator("dialog .secret code").textContent();
	assert.ok(password.length >= 12);
	await page.getByRole("button", { name: "I have noted it" }).click();
	await page.getByRole("heading", { level: 1, name: "Nora Neu" }).waitFor();
	const made = (await api("GET", "users?contains=nora&limit=1")).items[0];
	assert.deepEqual([made.user, made.roles.join(), made.state], ["nora", "Technician", "active"]);
	page.errors.length = 0;
});

test("of two who change a person the second sees both, and decides", async () => {
	await open(`/users/${people[2]}/edit`, "form");
	await page.getByLabel("Job title").fill("Foreman");
	await api("PATCH", `users/${people[2]}`, { title: "Shift lead" });
	await page.getByRole("button", { name: "Save" }).click();
	const both = page.getByRole("alert").filter({ hasText: "Somebody else has changed this meanwhile." });
	await both.waitFor();
	const text = await both.textContent();
	assert.match(text, /Shift lead/);
	assert.match(text, /Foreman/);
	await page.getByRole("button", { name: "Save mine over theirs" }).click();
	await page.getByRole("heading", { level: 1, name: "Crew 02" }).waitFor();
	assert.equal((await api("GET", `users/${people[2]}`)).title, "Foreman");
	page.errors.length = 0;
});

test("a form that would lose something asks before it is left", async () => {
	await open(`/users/${people[3]}/edit`, "form");
	await page.getByLabel("Job title").fill("Half typed");
	let asked = 0;
	const dismiss = (dialog) => {
		asked++;
		void dialog.dismiss();
	};
	page.on("dialog", dismiss);
	await page.getByRole("button", { name: "Cancel" }).click();
	await page.waitForFunction(() => document.querySelector("form"));
	assert.equal(asked, 1);
	assert.equal(await page.getByLabel("Job title").inputValue(), "Half typed");
	page.off("dialog", dismiss);
	page.once("dialog", (dialog) => void dialog.accept());
	await page.getByRole("button", { name: "Cancel" }).click();
	await page.getByRole("heading", { level: 1, name: "Crew 03" }).waitFor();
	assertClean(page);
});

test("who cannot sign in is told why, and let in again from there", async () => {
	await api("POST", `users/${people[4]}/deactivate`, { reason: "leave" });
	await open(`/users/${people[4]}?tab=activity`, ".findings");
	await page.getByText("The account is inactive.").waitFor();
	await page.locator(".findings").getByRole("button", { name: "Reactivate…" }).click();
	await page.locator("dialog").getByRole("button", { name: "Reactivate" }).click();
	await page.getByText("The account is inactive.").waitFor({ state: "detached" });
	await page.locator(".findings").getByRole("button", { name: "Set password…" }).click();
	await page.locator("dialog").getByRole("button", { name: "Set password" }).click();
	const password = await page.locator("dialog .secret code").textContent();
	await page.getByRole("button", { name: "I have noted it" }).click();
	await page.getByText("There is no password yet.").waitFor({ state: "detached" });
	await page.getByText("The password must be changed first.").waitFor();
	assert.ok(password.length >= 12);
	assertClean(page);
});

test("a person that is not there is said to be gone", async () => {
	await open("/users/00000000-0000-7000-8000-000000000000", "h1");
	await page.getByRole("heading", { name: "This person is not here" }).waitFor();
	assertClean(page, [/404 .*\/users\/00000000/]);
});

test("who may only look sees nothing to do, and which permission a part takes", async () => {
	await api("POST", "roles", { role: "Looker", permissions: ["users.view"] });
	instance.muster(["user", "create", "acme", "looker", "--email", "looker@acme.test", "--role", "Looker", "--password-file", "-"], "looks only 1\n");
	const other = await openPage(browser, instance);
	await other.visit("/");
	await signIn(other, instance, "looker", "looks only 1");
	await other.visit(`/users/${people[1]}?tab=history`);
	await other.getByText("audit.view").waitFor();
	assert.equal(await other.getByRole("button", { name: "Deactivate" }).count(), 0);
	assert.equal(await other.getByRole("link", { name: "Edit" }).count(), 0);
	await other.visit("/users/new");
	await other.getByRole("heading", { name: "This page is not for you" }).waitFor();
	await other.context().close();
});

test("who only decides conflicts has a page of such jobs, and sees none about people there", async () => {
	await api("POST", "users/bulk", { action: "export", users: people.slice(0, 2) });
	await api("POST", "roles", { role: "Decider", permissions: ["integrations.manage"] });
	instance.muster(["user", "create", "acme", "decider", "--email", "decider@acme.test", "--role", "Decider", "--password-file", "-"], "decides only 1\n");
	const other = await openPage(browser, instance);
	await other.visit("/");
	await signIn(other, instance, "decider", "decides only 1");
	await other.visit("/jobs");
	await other.waitForSelector(".empty.new");
	await other.getByRole("link", { name: "Back to the conflicts" }).waitFor();
	assert.equal(await other.locator("#menu a[href='/console/jobs']").count(), 1);
	assert.equal(await other.locator("#menu a[href='/console/users']").count(), 0);
	assertClean(other);
	await other.context().close();
});
