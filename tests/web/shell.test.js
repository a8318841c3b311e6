// The frame of the console: signing in, getting lost and found again, languages, keys, the policy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertClean, assertFits, checkScreen, openBrowser, openPage, settled, signIn } from "./browser.js";
import { startMuster } from "./muster.js";

let browser;
let instance;

before(async () => {
	instance = startMuster();
	for (const name of ["anna", "bert", "carl"]) instance.muster(["user", "create", "acme", name, "--name", `${name} Test`, "--role", "Technician"]);
	browser = await openBrowser();
});
after(() => browser?.close());

async function begin(options) {
	const page = await openPage(browser, instance, options);
	await page.visit("/");
	await page.waitForSelector(".sign-in");
	return page;
}

test("the page to sign in is accessible, fits and says no error", async () => {
	const page = await begin();
	await checkScreen(page, "sign-in");
	assertClean(page);
	await page.context().close();
});

test("a wrong password is refused in words, and what was typed stays", async () => {
	const page = await begin();
	await page.fill("[name=tenant]", "acme");
	await page.fill("[name=user]", "anna");
	await page.fill("[name=password]", "certainly not");
	await page.click(".sign-in button[type=submit]");
	await page.waitForSelector(".sign-in [role=alert]");
	assert.match(await page.textContent(".sign-in [role=alert]"), /not right/);
	assert.equal(await page.inputValue("[name=user]"), "anna");
	await assertAccessible(page, "refused");
	assertClean(page);
	await page.context().close();
});

test("the cookie is no script's, and a reload needs no password", async () => {
	const page = await begin();
	await signIn(page, instance);
	const cookies = await page.context().cookies();
	assert.equal(cookies.length, 1);
	assert.deepEqual([cookies[0].httpOnly, cookies[0].sameSite, cookies[0].path], [true, "Strict", "/"]);
	assert.equal(await page.evaluate(() => document.cookie), "");
	await page.reload();
	await page.waitForSelector("header.top");
	assert.match(await page.textContent(".foot"), /Muster \d+\.\d+/);
	await page.context().close();
});

test("who signs out is out, also in the browser's history", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.visit("/users");
	await page.waitForSelector("table");
	await page.click(".person");
	await page.click(".menu :text('Sign out')");
	await page.waitForSelector(".alone .sign-in");
	await page.goBack();
	await page.waitForURL("**/users");
	await page.waitForSelector(".alone .sign-in");
	assert.equal(await page.locator("table").count(), 0);
	await page.context().close();
});

test("a lost session leads back to the same page, with what is typed there", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.visit("/users?q=ann");
	await page.waitForSelector("table");
	await settled(page);
	await page.evaluate(() => {
		globalThis.stillHere = true;
	});
	await page.context().clearCookies();
	await page.fill("[data-search]", "anna");
	await page.waitForSelector("dialog .sign-in");
	await assertAccessible(page, "to sign in again");
	await page.fill("dialog [name=password]", instance.env.ACME_ADMIN_PW);
	await page.click("dialog button[type=submit]");
	await page.waitForSelector("dialog", { state: "detached" });
	await settled(page);
	assert.equal(await page.evaluate(() => globalThis.stillHere), true, "the page was not loaded anew");
	assert.match(page.url(), /q=anna/);
	assert.equal(await page.inputValue("[data-search]"), "anna");
	await page.waitForSelector("tbody tr");
	await page.context().close();
});

test("a change of language changes every word at once, and stays", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.waitForSelector("main h1");
	for (const [language, name, title] of [["de", "Deutsch", "Verzeichnisse"], ["id", "Bahasa Indonesia", "Direktori"], ["es", "Español", "Directorios"], ["en", "English", "Directories"]]) {
		await page.click(".person");
		await page.click(`.menu :text("${name}")`);
		await page.waitForSelector(`main h2:text-is("${title}")`);
		assert.equal(await page.getAttribute("html", "lang"), language);
	}
	await page.click(".person");
	await page.click('.menu :text("Deutsch")');
	await page.waitForSelector('main h2:text-is("Verzeichnisse")');
	await page.reload();
	await page.waitForSelector('main h2:text-is("Verzeichnisse")');
	await page.setViewportSize({ width: 390, height: 844 });
	await assertFits(page, "German on a phone");
	await page.click(".person");
	await page.click('.menu :text("English")');
	await page.waitForSelector("html[lang=en]");
	await page.context().close();
});

test("the browser's own language is the first", async () => {
	const page = await begin({ locale: "id-ID" });
	await page.waitForSelector("button:text-is('Masuk')");
	await page.context().close();
});

test("all of it goes by keys alone", async () => {
	const page = await begin();
	await page.focus("[name=tenant]");
	await page.keyboard.type("acme");
	await page.keyboard.press("Tab");
	await page.keyboard.type(instance.env.ACME_ADMIN);
	await page.keyboard.press("Tab");
	await page.keyboard.type(instance.env.ACME_ADMIN_PW);
	await page.keyboard.press("Enter");
	await page.waitForSelector("header.top");
	await page.waitForSelector("main h1");

	// The first stop of the page leads past the menu.
	await page.reload();
	await page.waitForSelector("main h1");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");

	// A menu opens, is gone through by arrows and put away, and the focus is back.
	await page.focus(".person");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.activeElement.closest(".menu:popover-open"));
	const first = await page.evaluate(() => document.activeElement.textContent);
	await page.keyboard.press("ArrowDown");
	assert.notEqual(await page.evaluate(() => document.activeElement.textContent), first);
	await page.keyboard.press("Escape");
	assert.ok(await page.evaluate(() => document.activeElement.classList.contains("person")));

	// In a table: rows by j and k, chosen by x, "?" says so.
	await page.visit("/users");
	await page.waitForSelector("tbody tr[data-row]");
	await settled(page);
	await page.focus("tbody tr[data-row='0']");
	await page.keyboard.press("j");
	assert.equal(await page.evaluate(() => document.activeElement.dataset.row), "1");
	await page.keyboard.press("k");
	await page.keyboard.press("x");
	assert.equal(await page.getAttribute("tbody tr[data-row='0']", "aria-selected"), "true");
	await page.keyboard.press("?");
	await page.waitForSelector("dialog kbd");
	await assertAccessible(page, "the list of keys");
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	assert.equal(await page.evaluate(() => document.activeElement.dataset.row), "0", "the focus is where it was");
	await page.keyboard.press("/");
	assert.ok(await page.evaluate(() => document.activeElement.hasAttribute("data-search")));
	assertClean(page);
	await page.context().close();
});

test("a letter does nothing while the focus is not in a table", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.visit("/users");
	await page.waitForSelector("tbody tr[data-row]");
	await page.focus("main h1");
	for (const key of ["x", "j", "?", "/"]) await page.keyboard.press(key);
	assert.equal(await page.locator("[aria-selected=true]").count(), 0);
	assert.equal(await page.locator("dialog").count(), 0);
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
	await page.context().close();
});

test("a step to another screen puts the focus on its heading and its name into the title", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.click("#menu a[href='/console/users']");
	await page.waitForSelector("main h1:text-is('Users')");
	await page.waitForFunction(() => document.activeElement.tagName === "H1");
	assert.match(await page.title(), /^Users · Muster/);
	await page.goBack();
	await page.waitForSelector("main h1:text-is('Status')");
	await page.context().close();
});

test("what others change is shown without being asked for", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.waitForSelector(".foot :text('Live')");
	await page.waitForSelector(".tiles");
	const people = () => page.textContent(".tile a[href^='/console/users'] strong");
	const before = Number(await people());
	instance.muster(["user", "create", "acme", "dora", "--name", "Dora Test"]);
	await page.waitForFunction((wanted) => document.querySelector(".tile a[href^='/console/users'] strong").textContent === wanted, String(before + 1));
	assertClean(page);
	await page.context().close();
});

test("without the stream it is asked for every 30 seconds", async () => {
	const page = await openPage(browser, instance);
	await page.clock.install();
	await page.route("**/api/v1/events", (route) => route.abort());
	await signIn(page, instance);
	await page.waitForSelector(".tiles");
	await page.waitForSelector(".foot :text('every 30 seconds')");
	let asked = 0;
	page.on("request", (request) => {
		if (request.url().endsWith("/overview")) asked += 1;
	});
	const answered = page.waitForResponse("**/api/v1/overview");
	await page.clock.fastForward(31_000);
	await page.clock.fastForward(1000);
	await answered;
	assert.ok(asked >= 1);
	await page.context().close();
});

test("a part that fails says so in its place, and a retry brings it", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.route("**/api/v1/overview", (route) => route.abort());
	await page.visit("/");
	await page.waitForSelector(".failure button");
	assert.match(await page.textContent(".failure"), /cannot be reached/);
	await assertAccessible(page, "a failure");
	await page.unroute("**/api/v1/overview");
	await page.click(".failure button");
	await page.waitForSelector(".tiles");
	assert.equal(await page.locator(".failure").count(), 0);
	await page.context().close();
});

test("a screen that breaks leaves the menu, and a retry brings it", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.waitForSelector("main h1");
	await page.route("**/api/v1/overview", (route) => route.fulfill({ json: { directories: 1 } }));
	await page.visit("/");
	await page.waitForSelector("main .failure :text('The page made a mistake.')");
	assert.ok(await page.isVisible("#menu a[href='/console/users']"));
	await page.unroute("**/api/v1/overview");
	await page.click("main .failure button");
	await page.waitForSelector(".tiles");
	await page.context().close();
});

test("a page whose files are of an older server is loaded anew, once", async () => {
	const page = await begin();
	await signIn(page, instance);
	await page.waitForSelector("main h1");
	let gone = 0;
	await page.route("**/console/assets/list-*.js", (route) => {
		gone += 1;
		return gone === 1 ? route.fulfill({ status: 404, body: "" }) : route.continue();
	});
	await page.click("#menu a[href='/console/users']");
	await page.waitForSelector("main h1:text-is('Users')");
	assert.equal(gone, 2);
	await page.context().close();
});

test("who may not see a page is told so, and is not shown it in the menu", async () => {
	instance.muster(["user", "set-password", "acme", "bert", "--password-file", "-"], "a long enough password 1\n");
	const page = await begin();
	await signIn(page, instance, "bert", "a long enough password 1");
	await page.waitForSelector("main h1");
	assert.equal(await page.locator("#menu a[href='/console/users']").count(), 0);
	await page.visit("/users");
	await page.waitForSelector("main h1:text-is('This page is not for you')");
	await page.waitForSelector(".foot :text('Live')");

	// A right that comes while the page is there is seen at once, and so is one that goes.
	instance.muster(["role", "assign", "acme", "Admin", "bert"]);
	await page.waitForSelector("main h1:text-is('Users')");
	await page.waitForSelector("#menu a[href='/console/users']");
	instance.muster(["role", "unassign", "acme", "Admin", "bert"]);
	await page.waitForSelector("main h1:text-is('This page is not for you')");
	await page.context().close();
});

test("no text becomes script: neither inline, nor by a sink, nor from elsewhere", async () => {
	const page = await begin();
	const violations = await page.evaluate(async () => {
		const seen = [];
		document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
		const outcomes = {};
		try {
			document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='globalThis.owned = 1'>");
			outcomes.sink = "open";
		} catch {
			outcomes.sink = "closed";
		}
		try {
			globalThis.trustedTypes.createPolicy("x", { createHTML: (text) => text });
			outcomes.policy = "open";
		} catch {
			outcomes.policy = "closed";
		}
		try {
			document.body.setAttribute("onclick", "globalThis.owned = 2");
			outcomes.attribute = "open";
		} catch {
			outcomes.attribute = "closed";
		}
		const other = document.createElement("img");
		other.src = "http://127.0.0.2:9/x.png";
		await new Promise((done) => setTimeout(done, 50));
		return { outcomes, seen, owned: globalThis.owned };
	});
	assert.deepEqual(violations.outcomes, { sink: "closed", policy: "closed", attribute: "closed" });
	assert.equal(violations.owned, undefined);
	for (const one of ["require-trusted-types-for", "trusted-types", "img-src"]) assert.ok(violations.seen.includes(one), `${one} of ${violations.seen}`);
	await page.context().close();
});
