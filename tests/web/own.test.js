// Company settings and the own profile.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { startMuster } from "./muster.js";

let browser;
let instance;
const first = "a long enough password 1";

before(async () => {
	instance = startMuster();
	instance.muster(["user", "create", "acme", "carl", "--name", "Carl Test", "--role", "Technician", "--password-file", "-"], `${first}\n`);
	browser = await openBrowser();
});
after(() => browser?.close());

async function begin(path, user, password) {
	const page = await openPage(browser, instance);
	await signIn(page, instance, user, password);
	await page.visit(path);
	await page.waitForSelector("main h1");
	await settled(page);
	return page;
}

const stepNow = () => Math.floor(Date.now() / 30_000);

// What an authenticator app shows (RFC 6238) in a step of 30 seconds.
function codeOf(key, when) {
	let bits = "";
	for (const letter of key) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
	const seed = Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(when));
	const mac = createHmac("sha1", seed).update(step).digest();
	const at = mac[mac.length - 1] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

test("a language that is chosen is the person's, after signing out and in and in another browser", async () => {
	const page = await begin("/profile", "carl", first);
	await page.selectOption("[name=language]", "de");
	await press(page, "Save");
	await page.waitForSelector("main h1:text-is('Mein Profil')");
	await page.click(".person");
	await page.click(".menu :text-is('Abmelden')");
	await page.waitForSelector(".sign-in");
	await signIn(page, instance, "carl", first);
	await page.waitForSelector("html[lang=de]");
	assertClean(page);
	await page.context().close();

	const other = await openPage(browser, instance, { locale: "id-ID" });
	await signIn(other, instance, "carl", first);
	await other.waitForSelector("html[lang=de]");
	await other.visit("/profile");
	await other.waitForSelector("[name=language]");
	assert.equal(await other.inputValue("[name=language]"), "de");
	await other.selectOption("[name=language]", "en");
	await press(other, "Speichern");
	await other.waitForSelector("html[lang=en]");
	await other.selectOption("[name=language]", "");
	await press(other, "Save");
	await other.waitForFunction(() => document.querySelector("[name=language]").value === "" && document.querySelector("[name=language]").form.querySelector("[type=submit]").disabled);
	await other.context().close();

	// The company's holds for who has none; without either it is English.
	for (const [company, shown] of [["es", "es"], ["", "en"]]) {
		instance.muster(["settings", "edit", "acme", "--language", company]);
		const third = await openPage(browser, instance, { locale: "id-ID" });
		await signIn(third, instance, "carl", first);
		await third.waitForSelector(`html[lang=${shown}]`);
		await third.context().close();
	}
});

test("an own password is changed with the old one, and the other browsers are signed out", async () => {
	const page = await begin("/profile", "carl", first);
	const elsewhere = await begin("/", "carl", first);
	const second = "another long password 2";
	await page.fill("[name=current]", first);
	await page.fill("[name=password]", second);
	await page.fill("[name=again]", "not the same");
	await press(page, "Change the password");
	await page.waitForSelector("[name=again][aria-invalid=true]");
	await page.fill("[name=again]", second);
	await press(page, "Change the password");
	await page.waitForSelector(".toast");
	await page.waitForFunction(() => document.querySelector("[name=password]").value === "");
	await elsewhere.visit("/");
	await elsewhere.waitForSelector(".sign-in");
	await signIn(elsewhere, instance, "carl", second);
	await page.visit("/profile");
	await page.getByRole("button", { name: /^Sign out Chrome/ }).click();
	await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
	await page.context().close();
	await elsewhere.context().close();
});

test("who was given a password chooses another one before anything else is shown", async () => {
	instance.muster(["user", "create", "acme", "fred", "--name", "Fred Test", "--role", "Admin", "--password-file", "-", "--must-change"], `${first}\n`);
	const page = await begin("/users", "fred", first);
	await page.waitForSelector("main h1:text-is('Choose a new password')");
	await page.fill("[name=current]", first);
	await page.fill("[name=password]", "short");
	await page.fill("[name=again]", "short");
	await press(page, "Change the password");
	await page.waitForSelector("[name=password][aria-invalid=true]");
	await page.fill("[name=password]", "a password of Fred 1");
	await page.fill("[name=again]", "a password of Fred 1");
	await press(page, "Change the password");
	await page.waitForSelector("main h1:text-is('Users')");
	await page.context().close();
});

test("of two who change the company's settings the second sees what the first has said", async () => {
	const mine = await begin("/settings");
	const theirs = await begin("/settings");
	await mine.fill("[name=support_contact]", "help@acme.example");
	await theirs.fill("[name=support_contact]", "desk@acme.example");
	await press(theirs, "Save");
	await theirs.waitForSelector(".toast");
	await press(mine, "Save");
	await mine.waitForSelector("main .failure table.diff");
	assert.match(await mine.textContent("main .failure table.diff"), /desk@.*help@/s);
	await press(mine, "Save mine over theirs");
	await mine.waitForSelector(".toast");
	await theirs.waitForFunction(() => document.querySelector("[name=support_contact]").value === "help@acme.example");
	await mine.context().close();
	await theirs.context().close();
});

test("a logo is stored, shown and removed", async () => {
	const page = await begin("/settings");
	for (const wide of [8, 24]) {
		const buffer = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="8"><path d="M0 0h8v8H0z"/></svg>`);
		await page.setInputFiles("[name=logo]", { name: "logo.svg", mimeType: "image/svg+xml", buffer });
		await page.waitForFunction((wide) => document.querySelector("main img.logo")?.naturalWidth === wide, wide);
	}
	await press(page, "Remove the logo…");
	await press(page, "Remove the logo");
	await page.waitForSelector("main :text('There is no logo yet.')");
	assertClean(page);
	await page.context().close();
});

test("a policy's change tells first whom it touches, and is done with that number", async () => {
	const page = await begin("/policies?q=without+scopes");
	await page.getByRole("link", { name: "What a person without scopes sees" }).click();
	await page.selectOption("[name=value]", "none");
	await press(page, "See whom it touches…");
	const dialog = page.getByRole("dialog");
	await dialog.getByText(/people are touched\.|person is touched\./).waitFor();
	assert.match(await dialog.textContent(), /They have no scope and would see nothing/);
	instance.muster(["user", "create", "acme", "emil", "--name", "Emil Test", "--role", "Technician"]);
	await dialog.getByRole("button", { name: "Change it for all of them" }).click();
	await dialog.getByText("Something has changed since it was counted. This is the number now.").waitFor();
	await dialog.getByRole("button", { name: "Change it for all of them" }).click();
	await dialog.waitFor({ state: "detached" });
	await page.waitForSelector("main .badge:has-text('Your company')");
	await press(page, "Back to the preset: Everything (company-wide)");
	await press(page, "See whom it touches…");
	await dialog.getByRole("button", { name: "Change it for all of them" }).click();
	await dialog.waitFor({ state: "detached" });
	await page.waitForSelector("main .badge", { state: "detached" });
	assertClean(page, [/409/]);
	await page.context().close();
});

test("of two who change a policy the second sees what the first has set", async () => {
	const mine = await begin("/policies/password.min_length");
	await mine.fill("[name=amount]", "14");
	instance.muster(["policy", "set", "acme", "password.min_length", "--value", "12", "--confirm", "0"]);
	await press(mine, "See whom it touches…");
	const dialog = mine.getByRole("dialog");
	await dialog.getByRole("button", { name: "Change it", exact: true }).click();
	await dialog.locator("table.diff").waitFor();
	assert.match(await dialog.locator("table.diff").textContent(), /12.*14/s);
	await dialog.getByRole("button", { name: "Save mine over theirs" }).click();
	await dialog.waitFor({ state: "detached" });
	assert.match(instance.muster(["policy", "show", "acme", "password.min_length"]), /14/);
	assertClean(mine, [/412/]);
	await mine.context().close();
});

test("policies are searched and narrowed to the company's own, in the address", async () => {
	const page = await begin("/policies");
	await page.getByLabel("Show", { exact: true }).selectOption("own");
	await page.getByText("Characters that a new password has at least").waitFor();
	await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
	assert.match(page.url(), /set=own/);
	await page.getByLabel("Search", { exact: true }).fill("nothing like it");
	await page.getByText("Nothing fits these filters").waitFor();
	assertClean(page);
	await page.context().close();
});

test("who may not edit settings does not find them in the menu", async () => {
	const page = await begin("/settings", undefined, undefined);
	assert.equal(await page.locator("#menu a[href='/console/settings']").count(), 1);
	instance.muster(["user", "create", "acme", "dora", "--name", "Dora Test", "--role", "Technician", "--password-file", "-"], `${first}\n`);
	const hers = await begin("/settings", "dora", first);
	await hers.waitForSelector("main h1:text-is('This page is not for you')");
	assert.equal(await hers.locator("#menu a[href='/console/settings']").count(), 0);
	await page.context().close();
	await hers.context().close();
});

test("an authenticator app is switched on by a code of it, asked for at the next sign-in, and switched off by another", async () => {
	const password = "a password of Gina 1";
	instance.muster(["user", "create", "acme", "gina", "--name", "Gina Test", "--role", "Technician", "--password-file", "-"], `${password}\n`);
	const page = await begin("/profile", "gina", password);
	const part = page.getByRole("region", { name: "Authenticator app" });
	await part.getByLabel("Current password").fill(password);
	await part.getByRole("button", { name: "Set up an app…" }).click();
	const key = (await part.locator(".secret code").textContent()).replaceAll(" ", "");
	const near = [-1, 0, 1, 2].map((steps) => codeOf(key, stepNow() + steps));
	await part.getByLabel("Code of the app").fill(["000000", "111111", "222222", "333333", "444444"].find((one) => !near.includes(one)));
	await part.getByRole("button", { name: "Switch it on" }).click();
	await part.locator("[name=code][aria-invalid=true]").waitFor();
	const used = stepNow();
	await part.getByLabel("Code of the app").fill(codeOf(key, used));
	await part.getByRole("button", { name: "Switch it on" }).click();
	await part.getByText("Signing in asks for your password and a code of the app.").waitFor();

	const other = await openPage(browser, instance);
	await other.visit("/");
	await other.fill("[name=tenant]", "acme");
	await other.fill("[name=user]", "gina");
	await other.fill("[name=password]", password);
	await other.click(".sign-in button[type=submit]");
	await other.getByText("Company, name, password or code are not right").waitFor();
	await other.context().close();

	await part.getByLabel("Current password").fill(password);
	await part.getByLabel("Code of the app").fill(codeOf(key, Math.max(used + 1, stepNow())));
	await part.getByRole("button", { name: "Switch it off" }).click();
	await part.getByRole("button", { name: "Set up an app…" }).waitFor();
	assertClean(page, [/422/]);
	await page.context().close();
});
