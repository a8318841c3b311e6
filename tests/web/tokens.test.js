// Connections and tokens, as an administrator goes through them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";

let browser;
let instance;

before(async () => {
	instance = startMuster();
	browser = await openBrowser();
});
after(() => browser?.close());

async function begin(path) {
	const page = await openPage(browser, instance);
	await signIn(page, instance);
	await page.visit(path);
	await page.waitForSelector("main h1");
	await settled(page);
	return page;
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const secretOf = (page) => page.textContent("dialog .secret code");

async function statusWith(token, path = "users?limit=1") {
	return (await fetch(`${instance.env.API_URL}/${path}`, { headers: { Authorization: `Bearer ${token}` } })).status;
}

test("a token is made, rotated without a gap, and revoked by its name", async () => {
	const page = await begin("/tokens");
	await press(page, "Create a token");
	await page.fill("dialog [name=name]", "payroll");
	await page.selectOption("dialog [name=type]", "api");
	await page.selectOption("dialog [name=access]", "read");
	await press(page, "Create the token");
	const first = await page.waitForSelector("dialog .secret code").then(() => secretOf(page));
	assert.match(first, /^mst_api_/);
	assert.equal(await statusWith(first), 200);
	await press(page, "I have stored it");
	await page.waitForSelector("main h1:text-is('payroll')");
	assert.doesNotMatch(await page.textContent("body"), /mst_api_/, "it is shown once");

	await press(page, "Rotate…");
	await page.fill("dialog [name=overlap_hours]", "2");
	await press(page, "Make a new token");
	const second = await page.waitForSelector("dialog .secret code").then(() => secretOf(page));
	assert.notEqual(second, first);
	assert.match(await page.textContent("dialog"), /The old token works until/);
	await press(page, "I have stored it");
	await page.waitForSelector("main :text('The old token works until')");
	assert.deepEqual([await statusWith(first), await statusWith(second)], [200, 200], "both open meanwhile");

	await press(page, "Revoke…");
	const revoke = page.getByRole("button", { name: "Revoke the token" });
	assert.ok(await revoke.isDisabled());
	await page.getByLabel("To go on, type: payroll").fill("payrol");
	assert.ok(await revoke.isDisabled(), "the name must be right");
	await page.getByLabel("To go on, type: payroll").fill("payroll");
	await revoke.click();
	await page.waitForURL("**/console/tokens");
	await settled(page);
	assert.deepEqual([await statusWith(first), await statusWith(second)], [401, 401]);
	assert.equal(await page.getByText("payroll", { exact: true }).count(), 0);
	// The page of what was just revoked may have asked for it once more before it was left.
	assertClean(page, [/404 .*\/tokens\/[^/]+$/]);
	await page.context().close();
});

test("a token that is refused keeps what was typed and says where it is wrong", async () => {
	const page = await begin("/tokens");
	await press(page, "Create a token");
	await page.fill("dialog [name=name]", "sandbox-api");
	await page.fill("dialog [name=days]", "20");
	await press(page, "Create the token");
	await page.waitForSelector("dialog [role=alert], dialog [aria-invalid=true]");
	assert.equal(await page.inputValue("dialog [name=days]"), "20");
	await page.context().close();
});

test("of two who change a connection the second sees what the first has said", async () => {
	const mine = await begin("/tokens");
	await mine.getByRole("link", { name: "sandbox-scim" }).click();
	await mine.waitForSelector("[name=limit_count]");
	await settled(mine);
	const theirs = await begin(new URL(mine.url()).pathname.replace("/console", ""));
	await mine.fill("[name=limit_count]", "31");
	await theirs.fill("[name=limit_count]", "47");
	await press(theirs, "Save");
	await theirs.waitForSelector(".toast");
	await press(mine, "Save");
	await mine.waitForSelector("main .failure table.diff");
	assert.match(await mine.textContent("main .failure table.diff"), /47.*31/s);
	await press(mine, "Save mine over theirs");
	await mine.waitForSelector(".toast");
	await theirs.waitForFunction(() => document.querySelector("[name=limit_count]").value === "31");
	await mine.context().close();
	await theirs.context().close();
});

test("who may not manage tokens is told so, and is not shown them in the menu", async () => {
	instance.muster(["user", "create", "acme", "carl", "--name", "Carl Test", "--role", "Technician", "--password-file", "-"], "a long enough password 1\n");
	const page = await openPage(browser, instance);
	await signIn(page, instance, "carl", "a long enough password 1");
	await page.visit("/tokens");
	await page.waitForSelector("main h1:text-is('This page is not for you')");
	assert.equal(await page.locator("#menu a[href='/console/tokens']").count(), 0);
	await page.context().close();
});

test("a webhook is made, held, and deleted by its name", async () => {
	const page = await begin("/webhooks");
	await page.getByRole("button", { name: "Create a webhook" }).first().click();
	await page.fill("dialog [name=name]", "crm");
	await page.fill("dialog [name=uri]", "https://127.0.0.1:8443/changes");
	await press(page, "Create the webhook");
	await page.waitForSelector("dialog .secret code");
	assert.match(await secretOf(page), /^whsec_/);
	await press(page, "I have stored it");
	await page.waitForSelector("tbody tr[data-row]");
	await press(page, "Actions of crm");
	await press(page, "Hold it");
	await page.waitForSelector("tbody :text('Held')");
	await press(page, "Actions of crm");
	await press(page, "Delete…");
	await page.getByLabel("To go on, type: crm").fill("crm");
	await press(page, "Delete the webhook");
	await page.waitForSelector(".empty.new");
	await page.context().close();
});

async function openHook(name) {
	const page = await begin("/webhooks");
	await page.getByRole("link", { name, exact: true }).click();
	await page.waitForSelector("[name=uri]");
	await settled(page);
	return page;
}

test("a webhook's secret is replaced without a gap, and the old one ended", async () => {
	await apiOf(instance)("POST", "webhooks", { name: "billing", uri: "https://127.0.0.1:8443/changes", events: ["user.*"] });
	const page = await openHook("billing");
	assert.equal(await page.inputValue("[name=events]"), "user.*");
	await press(page, "New secret…");
	await press(page, "Make a new secret");
	await page.waitForSelector("dialog .secret code");
	assert.match(await secretOf(page), /^whsec_/);
	assert.match(await page.textContent("dialog"), /signed with the old secret too until/);
	await press(page, "I have stored it");
	await page.waitForSelector("main :text('signed with the old secret too until')");
	assert.doesNotMatch(await page.textContent("body"), /whsec_/, "it is shown once");
	await press(page, "End the old secret…");
	await press(page, "End the old secret");
	await page.waitForSelector("main :text('signed with the old secret too until')", { state: "detached" });
	await press(page, "Hold it");
	await page.waitForSelector(".facts :text('Held')");
	await press(page, "Delete…");
	await page.getByLabel("To go on, type: billing").fill("billing");
	await press(page, "Delete the webhook");
	await page.waitForURL("**/console/webhooks");
	await settled(page);
	// The page of what was just deleted may have asked for it once more before it was left.
	assertClean(page, [/404 .*\/webhooks\/[^/]+$/]);
	await page.context().close();
});

test("of two who change a webhook the second sees what the first has said", async () => {
	await apiOf(instance)("POST", "webhooks", { name: "shared", uri: "https://127.0.0.1:8443/first" });
	const mine = await openHook("shared");
	const theirs = await openHook("shared");
	await mine.fill("[name=events]", "role.*");
	await theirs.fill("[name=events]", "group.*");
	await press(theirs, "Save");
	await theirs.waitForSelector(".toast");
	await press(mine, "Save");
	await mine.waitForSelector("main .failure table.diff");
	assert.match(await mine.textContent("main .failure table.diff"), /group\.\*.*role\.\*/s);
	await press(mine, "Save mine over theirs");
	await mine.waitForSelector(".toast");
	await theirs.waitForFunction(() => document.querySelector("[name=events]").value === "role.*");
	await mine.context().close();
	await theirs.context().close();
	await apiOf(instance)("DELETE", "webhooks/shared");
});
