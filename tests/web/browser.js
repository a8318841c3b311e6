// Chromium on the console, and what every screen is held to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAIT = 60_000;
const sizes = { phone: { width: 390, height: 844 }, tablet: { width: 1024, height: 768 }, desk: { width: 1440, height: 900 } };

// Root has no sandbox of its own to give; the pages are ours.
export async function openBrowser(t) {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-dev-shm-usage"],
	});
	t?.after(() => browser.close());
	return browser;
}

// A page whose errors are remembered: `expected` says which of them belong to the test.
export async function openPage(browser, instance, options = {}) {
	const context = await browser.newContext({ viewport: sizes.desk, locale: "en-GB", ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(WAIT);
	page.errors = [];
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type())) page.errors.push(`${message.text()} ${message.location().url}`);
	});
	page.on("pageerror", (error) => page.errors.push(String(error)));
	page.visit = (path) => page.goto(instance.console(path));
	return page;
}

// Who has no session is told so by 401, which browsers write into the console.
const unknownYet = /401 .*\/api\/v1\/session$/;

export function assertClean(page, expected = []) {
	const wrong = page.errors.filter((text) => ![unknownYet, ...expected].some((known) => known.test(text)));
	assert.deepEqual(wrong, [], "the browser's console");
}

export async function signIn(page, instance, user = instance.env.ACME_ADMIN, password = instance.env.ACME_ADMIN_PW, company = "acme") {
	if (!page.url().startsWith(instance.url)) await page.visit("/");
	await page.fill("[name=tenant]", company);
	await page.fill("[name=user]", user);
	await page.fill("[name=password]", password);
	await page.click(".sign-in button[type=submit]");
	await page.waitForSelector("header.top");
}

// Until nothing loads any more: no part says that it waits.
export async function settled(page) {
	await page.waitForFunction(() => !document.querySelector(".waiting, [aria-busy=true]") && document.querySelector("h1"));
}

export async function assertAccessible(page, what) {
	// The policy of the page lets no script in but its own; the devtools are not the page.
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() =>
		globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
	);
	const told = violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
	assert.deepEqual(told, [], `axe, ${what}`);
}

export async function assertFits(page, what) {
	const { wide, room, widest } = await page.evaluate(() => {
		const room = document.documentElement.clientWidth;
		const out = [...document.querySelectorAll("body *")].filter((one) => {
			const box = one.getBoundingClientRect();
			return box.width > 0 && box.right > room + 1 && !one.closest(".scroll, .hidden, .skip, [popover]");
		});
		return {
			wide: document.documentElement.scrollWidth,
			room: window.innerWidth,
			widest: out.slice(0, 3).map((one) => `${one.tagName}.${one.className}`),
		};
	});
	assert.ok(wide <= room, `${what}: ${wide} px in ${room}: ${widest}`);
}

// What is done stands last, whatever is filled in or asked.
async function assertOrdered(page) {
	const ends = await page.locator(".form-actions").evaluateAll((all) =>
		all.filter((one) => one.querySelector(":is(.primary, .danger):not(:last-child)")).map((one) => one.textContent),
	);
	assert.deepEqual(ends, [], "the last button of a form is the one that does it");
}

// All that a screen is held to, and its pictures. `name` is that of the files.
export async function checkScreen(page, name) {
	const picture = (of) => page.screenshot({ path: join(process.env.MUSTER_PICTURES, `${name}-${of}.png`), fullPage: true });
	await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
	for (const size of ["tablet", "desk"]) {
		await page.setViewportSize(sizes[size]);
		await assertFits(page, size);
	}
	await assertOrdered(page);
	await assertAccessible(page, "light");
	await picture("light");
	await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
	await assertAccessible(page, "dark");
	await picture("dark");
	await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
	await page.setViewportSize(sizes.phone);
	await assertFits(page, "phone");
	await assertAccessible(page, "phone");
	await picture("phone");
	await page.setViewportSize(sizes.desk);
}
