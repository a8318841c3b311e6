// A session and the pages that live in it: idle, lost, taken over by another, in many pages at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, makeClock, startMuster, until } from "./muster.js";

const MINUTE = 60;
const password = "a long enough password 1";
let browser;
let instance;
let api;
let person;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	person = (await api("POST", "users", { user: "anna", name: "Anna Adler", emails: ["anna@acme.test"], roles: ["Technician"] })).id;
	await api("POST", "users", { user: "bert", name: "Bert Berg", emails: ["bert@acme.test"], roles: ["Admin"], password });
	browser = await openBrowser();
});
after(() => browser?.close());

async function begin(options) {
	const page = await openPage(browser, instance, options);
	await page.visit("/");
	await signIn(page, instance);
	await page.waitForSelector(".foot :text('Live')");
	return page;
}

// Another page of the same browser.
async function another(page, path = "/", prepare) {
	const next = await page.context().newPage();
	next.setDefaultTimeout(60_000);
	if (prepare) await next.addInitScript(prepare);
	await next.goto(instance.console(path));
	await next.waitForSelector("main h1");
	return next;
}

let made = 0;
function newcomer(of = instance) {
	const name = `newcomer${++made}`;
	of.muster(["user", "create", "acme", name, "--name", name]);
}

const people = (page) => page.textContent(".tile a[href^='/console/users'] strong");
async function shows(page, count) {
	await page.waitForFunction((wanted) => document.querySelector(".tile a[href^='/console/users'] strong")?.textContent === wanted, String(count));
}

test("a page that is left open keeps no session from being idle, a person does", async () => {
	const clock = makeClock();
	const other = startMuster("idle", [], clock.around);
	const page = await openPage(browser, other);
	await page.clock.install();
	await page.visit("/");
	await signIn(page, other);
	await page.waitForSelector(".foot :text('Live')");
	await page.waitForSelector(".tiles");
	// Something changes, long after somebody has touched the page, and it is shown.
	async function live() {
		await page.clock.fastForward(6000);
		const asked = page.waitForRequest((request) => request.url().endsWith("/overview"));
		newcomer(other);
		assert.equal((await asked).headers()["x-background"], "1", "nobody sits there");
		return (await (await asked).response()).status();
	}
	clock.set(20 * MINUTE);
	assert.equal(await live(), 200);

	const asked = page.waitForRequest((request) => request.url().includes("/users?"));
	await page.click("#menu a[href='/console/users']");
	assert.equal((await asked).headers()["x-background"], undefined, "somebody does");
	await page.waitForSelector("tbody tr[data-row]");
	await page.click("#menu a[href='/console/']");
	await page.waitForSelector(".tiles");

	// 40 minutes after the sign-in, 20 after the step to the list.
	clock.set(40 * MINUTE);
	assert.equal(await live(), 200);
	clock.set(51 * MINUTE);
	newcomer(other);
	await page.waitForSelector("dialog .sign-in");
	await page.context().close();
	other.stop();
});

test("all pages of a browser share one stream, and when its page goes another takes over", async () => {
	const first = await openPage(browser, instance);
	const streams = [];
	first.context().on("request", (request) => {
		if (request.url().endsWith("/api/v1/events")) streams.push(request);
	});
	await first.visit("/");
	await signIn(first, instance);
	await first.waitForSelector(".foot :text('Live')");
	const pages = [first];
	while (pages.length < 8) pages.push(await another(first));
	for (const page of pages) {
		await page.waitForSelector(".foot :text('Live')");
		await page.waitForSelector(".tiles");
	}
	assert.equal(streams.length, 1);
	const before = Number(await people(first));
	newcomer();
	for (const page of pages) await shows(page, before + 1);

	const left = streams[0].frame().page();
	await left.close();
	const rest = pages.filter((page) => page !== left);
	await until("another page has the stream", () => streams.length === 2);
	// What is told while there is none is asked for when there is one again.
	newcomer();
	for (const page of rest) {
		await shows(page, before + 2);
		await page.waitForSelector(".foot :text('Live')");
	}
	assert.equal(streams.length, 2);
	await first.context().close();
});

test("where a browser has no locks each page has a stream", async () => {
	const context = await browser.newContext({ locale: "en-GB" });
	await context.addInitScript(() => delete globalThis.Navigator.prototype.locks);
	const page = await context.newPage();
	page.setDefaultTimeout(60_000);
	const streams = [];
	context.on("request", (request) => {
		if (request.url().endsWith("/api/v1/events")) streams.push(request);
	});
	await page.goto(instance.console());
	await signIn(page, instance);
	const other = await another(page);
	for (const one of [page, other]) {
		await one.waitForSelector(".foot :text('Live')");
		await one.waitForSelector(".tiles");
	}
	assert.equal(streams.length, 2);
	const before = Number(await people(page));
	newcomer();
	for (const one of [page, other]) await shows(one, before + 1);
	await context.close();
});

// A page that hears nothing of the others.
const deaf = () => delete globalThis.BroadcastChannel;

async function halfFilled(page, prepare) {
	const next = await another(page, `/users/${person}/edit`, prepare);
	await next.waitForSelector("form");
	await settled(next);
	await next.getByLabel("Job title").fill(`Typed ${++made}`);
	return next;
}

const titleOf = async () => (await api("GET", `users/${person}`)).title;

test("a page whose token is of an older session asks for it anew and does what it was told", async () => {
	const page = await begin();
	const form = await halfFilled(page, deaf);
	const typed = await form.getByLabel("Job title").inputValue();
	await page.context().clearCookies();
	await page.visit("/");
	await signIn(page, instance);
	const answers = [];
	form.on("response", (response) => {
		if (response.request().method() === "PATCH") answers.push(response.status());
	});
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitForURL(`**/users/${person}`);
	assert.deepEqual(answers, [403, 204]);
	assert.equal(await titleOf(), typed);
	await page.context().close();
});

test("nothing is done in the name of somebody else who has signed in meanwhile", async () => {
	const page = await begin();
	const form = await halfFilled(page, deaf);
	const before = await titleOf();
	form.on("dialog", (dialog) => void dialog.accept());
	await page.context().clearCookies();
	await page.visit("/");
	await signIn(page, instance, "bert", password);
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitForSelector(".person:text-is('Bert Berg')");
	assert.equal(await titleOf(), before);
	await page.context().close();
});

test("who signs in again in one page has done so in all, and what is typed there stays", async () => {
	const page = await begin();
	const form = await halfFilled(page);
	const typed = await form.getByLabel("Job title").inputValue();
	await page.context().clearCookies();
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitForSelector("dialog .sign-in");
	await assertAccessible(form, "a form behind the sign-in");
	await page.visit("/");
	await signIn(page, instance);
	await form.waitForSelector("dialog", { state: "detached" });
	assert.equal(await form.getByLabel("Job title").inputValue(), typed);
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitForURL(`**/users/${person}`);
	assert.equal(await titleOf(), typed);
	await page.context().close();
});

test("who signs out in one page leaves nothing to be read in the others", async () => {
	const page = await begin();
	const list = await another(page, "/users");
	await list.waitForSelector("tbody tr[data-row]");
	await page.click(".person");
	await page.click(".menu :text('Sign out')");
	await list.waitForSelector(".alone .sign-in");
	assert.equal(await list.locator("table").count(), 0);
	await page.context().close();
});

test("a half-filled form outlives the session, and is saved after the sign-in", async () => {
	const page = await begin();
	await page.visit(`/users/${person}/edit?from=list`);
	await page.waitForSelector("form");
	await settled(page);
	await page.getByLabel("Job title").fill("Half typed");
	await page.context().clearCookies();
	await page.getByRole("button", { name: "Save" }).click();
	await page.waitForSelector("dialog .sign-in");
	// A browser closes any dialog when Escape comes often enough.
	for (let i = 0; i < 4; i++) await page.keyboard.press("Escape");
	await page.fill("dialog [name=password]", instance.env.ACME_ADMIN_PW);
	await page.click("dialog button[type=submit]");
	await page.waitForSelector("dialog", { state: "detached" });
	assert.equal(await page.getByLabel("Job title").inputValue(), "Half typed");
	assert.match(page.url(), /edit\?from=list$/);
	await page.getByRole("button", { name: "Save" }).click();
	await page.waitForURL(`**/users/${person}`);
	assert.equal(await titleOf(), "Half typed");
	await page.context().close();
});

test("who comes by an address with its query is there after the sign-in", async () => {
	const page = await openPage(browser, instance);
	await page.visit("/users?q=adler&order=desc&sort=name");
	await signIn(page, instance);
	await page.waitForSelector("tbody tr[data-row]");
	assert.match(page.url(), /\/users\?q=adler&order=desc&sort=name$/);
	assert.equal(await page.inputValue("[data-search]"), "adler");
	assert.equal(await page.locator("tbody tr[data-row]").count(), 1);
	await page.context().close();
});

test("while the server is away the page says so, and goes on where it was when it is back", async () => {
	const page = await begin();
	const form = await halfFilled(page);
	const typed = await form.getByLabel("Job title").inputValue();
	const before = Number(await people(page));
	instance.stop();
	await form.waitForSelector(".foot :text('every 30 seconds')");
	await form.getByRole("button", { name: "Save" }).click();
	await form.getByRole("alert").getByText("cannot be reached").waitFor();
	assert.equal(await form.getByLabel("Job title").inputValue(), typed);
	instance.start();
	newcomer();
	await page.waitForSelector(".foot :text('Live')", { timeout: 120_000 });
	await shows(page, before + 1);
	assert.equal(await page.locator(".failure").count(), 0);
	await form.getByRole("button", { name: "Save" }).click();
	await form.waitForURL(`**/users/${person}`);
	assert.equal(await titleOf(), typed);
	await page.context().close();
});

test("a browser without a network is told from a refusal, and one retry brings the page back", async () => {
	const page = await begin();
	await page.context().setOffline(true);
	await page.click("#menu a[href='/console/users']");
	await page.getByRole("alert").waitFor();
	assert.match(await page.textContent("main .failure"), /cannot be reached/);
	await page.context().setOffline(false);
	await page.locator("main .failure button").first().click();
	await page.waitForSelector("tbody tr[data-row]");
	await page.context().close();
});
