// A whole day's work by keys alone: nothing here is clicked, and the focus is never lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";
import { openConflict, patchOf, scimOf } from "./screens/sync.js";

let browser;
let instance;
let api;
let page;
let person;
let conflict;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	const scim = scimOf(instance);
	person = (await api("POST", "users", { user: "anna", name: "Anna Adler", emails: ["anna@acme.test"], title: "Planner", roles: ["Technician"] })).id;
	await scim("PATCH", `Users/${person}`, patchOf("title", "Head"));
	conflict = await openConflict(api, (row) => row.subject?.id === person && row.attribute === "title", "two titles");
	browser = await openBrowser();
	page = await openPage(browser, instance);
});
after(() => browser?.close());

const press = (key) => page.keyboard.press(key);
const here = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));

// By Tab, as far as it takes; the focus is somewhere at each step.
async function tabTo(selector) {
	await page.waitForSelector(selector);
	for (let i = 0; i < 120; i++) {
		await press("Tab");
		if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
	}
	assert.fail(`Tab does not lead to ${selector}; it is at ${await here()}`);
}

const onHeading = (name) =>
	page.waitForFunction((wanted) => document.activeElement?.tagName === "H1" && document.activeElement.textContent === wanted, name);

async function go(path, name) {
	await tabTo(`#menu a[href="/console${path}"]`);
	await press("Enter");
	await onHeading(name);
	await settled(page);
}

test("who signs in by keys is at the heading of the page", async () => {
	await page.visit("/");
	await tabTo("[name=tenant]");
	await page.keyboard.type("acme");
	await press("Tab");
	await page.keyboard.type(instance.env.ACME_ADMIN);
	await press("Tab");
	await page.keyboard.type(instance.env.ACME_ADMIN_PW);
	await press("Enter");
	await onHeading("Status");
});

test("a person is found, opened, changed and saved", async () => {
	await go("/users", "Users");
	await tabTo("[data-search]");
	await page.keyboard.type("adler");
	await press("Enter");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 1);
	await settled(page);
	await tabTo("tr[data-row]");
	await press("Enter");
	await onHeading("Anna Adler");
	await settled(page);
	await tabTo(`a[href="/console/users/${person}/edit"]`);
	await press("Enter");
	await page.waitForSelector("form");
	await page.waitForFunction(() => document.activeElement?.tagName === "H1");
	await settled(page);
	await page.getByLabel("Display name").waitFor();
	const name = await page.getByLabel("Display name").getAttribute("name");
	await tabTo(`[name="${name}"]`);
	await press("End");
	await page.keyboard.type(" Berg");
	await press("Enter");
	await onHeading("Anna Adler Berg");
	assert.equal((await api("GET", `users/${person}`)).name, "Anna Adler Berg");
});

test("a dialog takes the focus and gives it back", async () => {
	await page.waitForURL(`**/users/${person}`);
	await settled(page);
	await tabTo(".page-head button.danger");
	await press("Enter");
	await page.waitForFunction(() => document.activeElement?.closest("dialog[open]"));
	await page.evaluate(() => {
		globalThis.passed = [];
		document.addEventListener("focusin", (event) => globalThis.passed.push(event.target.outerHTML.slice(0, 100)));
	});
	await press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	assert.ok(await page.evaluate(() => document.activeElement?.matches(".page-head button.danger")), await here());
	const passed = await page.evaluate(() => globalThis.passed);
	assert.deepEqual(passed.filter((one) => !one.includes("danger")), [], "straight back, not over the heading");
});

test("a conflict is settled", async () => {
	await go("/conflicts", "Conflicts");
	await tabTo("tr[data-row]");
	await press("Enter");
	await page.waitForURL(`**/conflicts/${conflict.id}`);
	await page.waitForFunction(() => document.activeElement?.tagName === "H1");
	await settled(page);
	await tabTo(".value-choice input[type=radio]");
	await press("Space");
	await tabTo(".value-choice button[type=submit]");
	await press("Enter");
	await page.waitForSelector(".value-choice", { state: "detached" });
	assert.notEqual((await api("GET", `conflicts/${conflict.id}`)).state, "open");
	await page.waitForFunction(() => document.activeElement && document.activeElement !== document.body);
});

test("what has the focus and goes leaves it to the page", async () => {
	await go("/users", "Users");
	await tabTo("[data-search]");
	await page.keyboard.type("adler");
	await tabTo(".chip");
	await press("Enter");
	await page.waitForSelector(".chip", { state: "detached" });
	await onHeading("Users");
});

test("who signs out by keys is at the sign-in", async () => {
	await tabTo(".person");
	await press("Enter");
	await page.waitForFunction(() => document.activeElement?.closest(".menu:popover-open"));
	await press("ArrowUp");
	assert.match(await page.evaluate(() => document.activeElement.textContent), /Sign out/);
	await press("Enter");
	await page.waitForSelector(".alone .sign-in");
	assertClean(page);
});
