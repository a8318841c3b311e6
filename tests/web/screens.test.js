// Every screen, against one company with some of everything: no violation of WCAG that axe finds, in
// light, dark and on a phone; no page wider than its window; nothing in the browser's console; the
// pictures to look at.
//
// screens/<theme>.js has the rows of a group of screens: `prepare(world)` makes what they show (once,
// before any is opened), `rows` says where they are: { name, path, ready?, act? }. `ready` is a
// selector to wait for, `path` may be a function of the world, `act(page, world)` opens what the
// address alone does not, as a dialog. `as` says who opens it, where it is not the company's Admin:
// "operator" is one of the operators, "newcomer" has to choose another password, "nobody" has not signed in.
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertClean, checkScreen, openBrowser, openPage, settled, signIn } from "./browser.js";
import { makeWorld } from "./world.js";

const groups = [];
for (const file of readdirSync(new URL("./screens/", import.meta.url)).sort()) {
	groups.push(await import(`./screens/${file}`));
}

let browser;
let world;
const pages = {};

before(async () => {
	world = await makeWorld();
	for (const group of groups) await group.prepare?.(world);
	browser = await openBrowser();
	const { instance, operator, newcomer } = world;
	pages.admin = await openPage(browser, instance);
	await signIn(pages.admin, instance);
	pages.operator = await openPage(browser, instance);
	await signIn(pages.operator, instance, operator.user, operator.password, "@operator");
	pages.newcomer = await openPage(browser, instance);
	await signIn(pages.newcomer, instance, newcomer.user, newcomer.password);
	pages.nobody = await openPage(browser, instance);
});
after(() => browser?.close());

for (const row of groups.flatMap((group) => group.rows)) {
	test(`the screen ${row.name} is accessible, fits and says no error`, async () => {
		const page = pages[row.as ?? "admin"];
		page.errors.length = 0;
		await page.visit(typeof row.path === "function" ? row.path(world) : row.path);
		await page.waitForSelector(row.ready ?? "main h1");
		await settled(page);
		await row.act?.(page, world);
		await checkScreen(page, row.name);
		assertClean(page);
	});
}
