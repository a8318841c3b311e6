// What an administrator decides about sync, in a browser, with a real directory and a SCIM connection:
// plans that are held, and a conflict of each sort by each of its answers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, connect, startDirectory, startMuster, stateOf, until } from "./muster.js";
import { answerConflict, ldifOf, openConflict, patchOf, scimOf } from "./screens/sync.js";

const PEOPLE = 30;
let instance, api, scim, corp, browser, page;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	scim = scimOf(instance);
	corp = startDirectory(PEOPLE);
	connect(instance, corp, "hq", ["--no-email", "hold", "--group-map", "app-admins=role:Admin"]);
	await until("the first run is held", () => stateOf(instance, "hq") === "held");
	browser = await openBrowser();
	page = await openPage(browser, instance);
	await signIn(page, instance);
});
after(() => browser?.close());

async function person(user, more = {}) {
	const made = await api("POST", "users", {
		user, name: user, emails: [`${user}@acme.test`], roles: ["Technician"], ...more,
	});
	return made.id;
}

const shown = (id) => api("GET", `conflicts/${id}`);
const userOf = (name) => api("GET", `users/${name}`).catch(() => undefined);

const answer = (id, label, state) => answerConflict(page, id, label, state);

async function chooseValue(id, value) {
	await page.visit(`/conflicts/${id}`);
	await page.locator(".value-choice").getByLabel(value, { exact: true }).check();
	assert.match(await page.textContent(".value-choice .then"), /stays|becomes/);
	await page.getByRole("button", { name: "Settle" }).click();
	await page.waitForSelector(".value-choice", { state: "detached" });
}

test("a held plan is read by kind, row by row, and approved once", async () => {
	await page.visit("/plans");
	await page.getByRole("link", { name: "Run 1 of hq" }).click();
	await page.waitForSelector("main h1:text-is('Run 1 of hq')");
	assert.match(await page.textContent(".reason"), /first run of a directory/);
	await page.getByRole("link", { name: /^\D*Create 30$/ }).click();
	await page.waitForSelector("tbody tr[data-row]");
	await settled(page);
	assert.match(page.url(), /action=create/);
	assert.equal(await page.locator("tbody tr[data-row]").count(), PEOPLE);
	await page.locator(".fold summary").first().click();
	await page.getByText("User name").first().waitFor();
	await page.getByRole("button", { name: "Approve once…" }).click();
	assert.match(await page.textContent("dialog"), /Create: 30/);
	await page.getByRole("button", { name: "Apply the plan" }).click();
	await until("the directory is followed", () => stateOf(instance, "hq") === "following");
	await page.locator("main .badge", { hasText: "Applied" }).waitFor();
	assert.equal(await page.getByRole("button", { name: "Approve once…" }).count(), 0);
	assertClean(page);
});

async function read(language) {
	await page.click(".person");
	await page.click(`.menu :text("${language}")`);
}

test("why a plan is held is said in the reader's language", async () => {
	connect(instance, corp, "second", ["--scope-rule", "uid=a*"]);
	await until("the second is held", () => stateOf(instance, "second") === "held");
	const [plan] = (await api("GET", "directories/second/plans")).items;
	await page.visit(`/plans/${plan.id}`);
	await read("Deutsch");
	await page.locator(".reason", { hasText: "Der erste Lauf eines Verzeichnisses wartet auf seine Bestätigung" }).waitFor();
	await page.visit("/");
	await page.locator(".card .reason", { hasText: "Der erste Lauf" }).waitFor();
	await read("English");
	await page.locator(".card .reason", { hasText: "The first run of a directory" }).waitFor();
	assertClean(page);
});

test("a plan that is rejected changes nothing", async () => {
	const [plan] = (await api("GET", "directories/second/plans")).items;
	await page.visit(`/plans/${plan.id}`);
	await page.getByRole("button", { name: "Reject…" }).click();
	await page.getByRole("button", { name: "Reject the plan" }).click();
	await page.locator("main .badge", { hasText: "Rejected" }).waitFor();
	assert.equal((await api("GET", `plans/${plan.id}/summary`)).state, "rejected");
	await api("PATCH", "directories/second", { active: false });
});

test("of two values either stands, or nobody is asked again", async () => {
	const id = await person("vera", { title: "Planner", phones: ["+49301"] });
	const owned = async (attribute, theirs) =>
		(await openConflict(api, (row) => row.subject?.id === id && row.attribute === attribute && row.theirs === theirs, theirs)).id;
	await scim("PATCH", `Users/${id}`, patchOf("title", "Head"));
	const title = await owned("title", "Head");
	await chooseValue(title, "Planner");
	assert.equal((await shown(title)).state, "keep-local");
	assert.equal((await userOf("vera")).title, "Planner");

	await scim("PATCH", `Users/${id}`, patchOf("title", "Chief"));
	await chooseValue(await owned("title", "Chief"), "Chief");
	assert.equal((await userOf("vera")).title, "Chief");
	await page.getByText("Answered").first().waitFor(); // what happened since

	await scim("PATCH", `Users/${id}`, patchOf("displayName", "Veronica"));
	const name = await owned("displayName", "Veronica");
	await answer(name, "Ignore", "Ignored");
	await scim("PATCH", `Users/${id}`, patchOf("displayName", "Veronica"));
	assert.equal((await shown(name)).state, "ignored", "it sticks");
	await page.getByRole("button", { name: "Open again" }).click();
	await page.locator("dialog button[type=submit]").click();
	await page.waitForSelector(".value-choice");
	assert.equal((await shown(name)).state, "open");

	// A value that the source would take away.
	const old = 'phoneNumbers[value eq "+49301"]';
	await scim("PATCH", `Users/${id}`, patchOf(old, undefined, "remove"));
	const phone = await owned("phoneNumbers.value", undefined);
	await page.visit(`/conflicts/${phone}`);
	await page.locator(".value-choice").getByLabel("empty").waitFor();
	await chooseValue(phone, "+49301");
	assert.deepEqual((await userOf("vera")).phones, ["+49301"]);

	// Of what has several values, both.
	await scim("PATCH", `Users/${id}`, patchOf(`${old}.value`, "+49302"));
	await chooseValue(await owned("phoneNumbers.value", "+49302"), "+49301 + +49302");
	assert.deepEqual((await userOf("vera")).phones.sort(), ["+49301", "+49302"]);
});

test("a newcomer of a directory is somebody here, also somebody deactivated", async () => {
	const id = await person("leon", { emails: ["leon@corp.test"] });
	await api("POST", `users/${id}/deactivate`, { reason: "left" });
	corp.modify(ldifOf(corp, "leon.new", { mail: "leon@corp.test" }));
	const conflict = await openConflict(api, (row) => row.subject?.id === id, "leon");
	assert.equal(conflict.type, "email_local");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.locator("main .facts .badge", { hasText: "Deactivated" }).waitFor();
	await page.locator(".candidates").getByText("matches by E-mail").waitFor();
	await answer(conflict.id, "Same person: link", "Linked");
	await until("they are one", async () => (await userOf("leon.new"))?.id === id);
});

test("an address that a policy keeps is not given away, and the dialog says why", async () => {
	const id = await person("greta", { emails: ["greta@corp.test", "greta@acme.test"] });
	corp.modify(ldifOf(corp, "greta.new", { mail: "greta@corp.test" }));
	const conflict = await openConflict(api, (row) => row.subject?.id === id, "greta");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("button", { name: "Take from the source" }).click();
	await page.locator("dialog button[type=submit]").click();
	await page.locator("dialog .failure", { hasText: "Only support changes an address" }).waitFor();
	await page.getByRole("button", { name: "Cancel" }).click();
	assert.equal((await shown(conflict.id)).state, "open");
	assert.deepEqual((await userOf("greta")).emails, ["greta@corp.test", "greta@acme.test"]);
	page.errors = page.errors.filter((text) => !/status of 422/.test(text));
});

test("a newcomer with somebody's name is another person", async () => {
	const id = await person("nora");
	corp.modify(ldifOf(corp, "nora"));
	const conflict = await openConflict(api, (row) => row.subject?.id === id, "nora");
	assert.equal(conflict.type, "uniqueness");
	await answer(conflict.id, "New person: create", "Created anew");
	const made = await until("the other one", async () =>
		(await api("GET", "users?contains=nora")).items.find((row) => row.id !== id && row.user.startsWith("nora")),
	);
	assert.notEqual(made.id, id);
});

test("who has no address is kept out, and asked about no more once there is one", async () => {
	corp.modify(ldifOf(corp, "otto", { mail: null }) + ldifOf(corp, "paul", { mail: null }));
	const of = (uid) => openConflict(api, (row) => row.type === "no_email" && row.dn.startsWith(`uid=${uid},`), uid);
	const otto = await of("otto");
	await answer(otto.id, "Keep as here", "Kept as here");
	assert.equal(await userOf("otto"), undefined);
	const paul = await of("paul");
	corp.modify(`dn: uid=paul,ou=people,${corp.CORP_BASE}\nchangetype: modify\nadd: mail\nmail: paul@corp.test\n\n`);
	await until("he comes with his address", () => userOf("paul"));
	await page.visit(`/conflicts/${paul.id}`);
	await page.locator("main .badge", { hasText: "Gone by itself" }).first().waitFor();
});

test("a group that would make people Admins is allowed to", async () => {
	const conflict = await openConflict(api, (row) => row.type === "grant", "a group");
	await page.visit("/held");
	await page.getByRole("link", { name: "app-admins" }).waitFor();
	await page.getByRole("row", { name: /app-admins/ }).getByRole("button", { name: "Allow" }).click();
	assert.match(await page.textContent("dialog"), /get the role Admin/);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("No group waits for approval").waitFor();
	assert.equal((await shown(conflict.id)).state, "approve-once");
});

test("what a connection may not do by itself is refused, then allowed", async () => {
	const { token } = await api("POST", "tokens", { name: "entra", type: "scim", limit_count: 0, limit_percent: 0 });
	const id = await person("hugo");
	await scimOf(instance, token)("PATCH", `Users/${id}`, patchOf("active", false));
	await until("it is held", async () => (await api("GET", "held")).items.length === 1);
	await page.visit("/held");
	const row = page.getByRole("row", { name: /hugo/ });
	await row.getByRole("button", { name: "Refuse" }).click();
	await page.locator("dialog button[type=submit]").click();
	await row.getByText("Rejected").waitFor();
	await row.getByRole("button", { name: "Allow" }).click();
	assert.match(await page.textContent("dialog"), /cannot sign in any more/);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("No connection waits").waitFor();
	assert.equal((await userOf("hugo")).active, false);
});

test("all that match are settled at once, by their number", async () => {
	const ids = [];
	for (let i = 0; i < 24; i++) ids.push(await person(`many${i}`, { title: "Planner" }));
	for (const id of ids) await scim("PATCH", `Users/${id}`, patchOf("title", "Head"));
	await until("all are open", async () => (await api("GET", "conflicts?state=open&kind=owned&source=sandbox-scim&limit=1&total=true")).total >= 24);
	const { total } = await api("GET", "conflicts?state=open&kind=owned&limit=1&total=true");
	await page.visit("/conflicts?kind=owned");
	await page.waitForSelector("tbody tr[data-row]");
	await page.getByLabel("Rows per page").selectOption("20");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 20);
	await settled(page);
	await page.getByLabel("Select all rows of this page").check();
	await page.getByRole("button", { name: `Select all ${total} that match` }).click();
	await page.getByRole("button", { name: "Keep as here" }).click();
	const confirm = page.locator("dialog button[type=submit]");
	assert.equal(await confirm.isDisabled(), true);
	await page.getByLabel(/^To go on/).fill(String(total));
	await confirm.click();
	await page.waitForURL("**/jobs/*");
	await page.locator("main .badge", { hasText: "Done" }).first().waitFor();
	await page.reload(); // it is the server's: its page comes again
	await page.getByText("Keep as here").waitFor();
	assert.equal((await api("GET", `jobs/${page.url().split("/").pop()}`)).done, total);
	assert.equal((await api("GET", "conflicts?state=open&kind=owned&limit=1&total=true")).total, 0);
	await page.getByRole("link", { name: "Back to the conflicts" }).click();
	await page.waitForURL("**/conflicts");
});

test("a run that deactivates many is applied by their number alone", async () => {
	const names = Array.from({ length: 20 }, (_, i) => `leaver${i}`);
	corp.modify(names.map((name) => ldifOf(corp, name)).join(""));
	await until("all are here", async () => (await api("GET", "users?contains=leaver&limit=1&total=true")).total === names.length);
	corp.modify(names.map((name) => `dn: uid=${name},ou=people,${corp.CORP_BASE}\nchangetype: delete\n\n`).join(""));
	await until("the run is held", () => stateOf(instance, "hq") === "held");
	const conflict = await openConflict(api, (row) => row.type === "mass_change", "too many");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("link", { name: "Read the plan" }).click();
	await page.getByRole("link", { name: /Change the limits of hq/ }).waitFor();
	await page.getByRole("button", { name: "Approve once…" }).click();
	assert.match(await page.textContent("dialog"), /cannot sign in any more/);
	const confirm = page.locator("dialog button[type=submit]");
	assert.equal(await confirm.isDisabled(), true);
	const { counts } = await api("GET", `plans/${conflict.subject.id}/summary`);
	const lost = (counts.deactivate ?? 0) + (counts["delete-group"] ?? 0) + (counts.release ?? 0);
	await page.getByLabel(/^To go on/).fill(String(lost));
	await confirm.click();
	await until("the directory is followed", () => stateOf(instance, "hq") === "following");
	await page.locator("main .badge", { hasText: "Applied" }).waitFor();
	assertClean(page);
});
