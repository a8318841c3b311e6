// Directories: the first one from its preflight to a plan that is applied, what is changed later, what
// became of it, and its end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startDirectory, startMuster, stateOf, until } from "./muster.js";

const people = 30;
let browser;
let instance;
let api;
let corp;
let page;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	corp = startDirectory(people);
	browser = await openBrowser();
	page = await openPage(browser, instance);
	await signIn(page, instance);
});
after(() => browser?.close());

const button = (name) => page.getByRole("button", { name, exact: true });
const tab = (name) => page.getByRole("tab", { name, exact: true });

// The answer is told of by what only it says: the one before may still be there.
async function preflight(says) {
	await button("Run the preflight").click();
	await page.locator("table.steps", { hasText: says }).waitFor();
}

test("the first directory, from the preflight to an applied plan", async () => {
	await page.getByRole("link", { name: "Directories", exact: true }).click();
	await page.getByText("No directory is connected").waitFor();
	await page.getByRole("link", { name: "Connect a directory" }).first().click();
	await page.fill("[name=name]", "headquarters");
	await page.fill("[name=uri]", corp.CORP_TLS_URI.replace("localhost", "127.0.0.1"));
	await page.fill("[name=base_dn]", corp.CORP_BASE);
	await page.fill("[name=bind_dn]", corp.CORP_SYNC_DN);
	await page.fill("[name=secret]", "not the password");
	await preflight("issuer is not trusted");
	const advice = page.locator("table.steps", { hasText: "What to do:" });
	assert.match(await advice.textContent(), /Encryption.*issuer is not trusted/s);

	await page.fill("[name=ca_file]", corp.CORP_CA_FILE);
	await preflight("Account and password");
	assert.match(await advice.textContent(), /Account and password.*What to do:/s);

	await page.fill("[name=secret]", corp.CORP_SYNC_PASSWORD);
	await tab("Groups").click();
	await button("Add a row").click();
	await page.getByLabel("Group of the directory, row 1").fill("app-admins");
	await page.getByLabel("Name, row 1").fill("Admin");
	await tab("Connection").click();
	await preflight(`${people} people`);
	assert.equal(await page.locator("table.steps .badge.bad").count(), 0);
	assert.doesNotMatch(await page.textContent("table.steps"), /\dT\d/, "a time is the company's");
	for (const [language, says] of [["Deutsch", "Die Basis gibt es"], ["English", "The base exists"]]) {
		await page.click(".person");
		await page.click(`.menu :text("${language}")`);
		await page.locator("table.steps", { hasText: says }).waitFor();
	}

	await button("Save and read it for the first time").click();
	await page.getByRole("heading", { name: "headquarters" }).waitFor();
	await until("the first run is held", () => stateOf(instance, "headquarters") === "held");
	await page.getByRole("link", { name: "Read the plan, then approve or reject it" }).click();
	await button("Approve once…").click();
	await page.locator("dialog button[type=submit]").click();
	await until("the plan is applied", () => stateOf(instance, "headquarters") === "following");
	assert.equal((await api("GET", "directories/headquarters/status")).people, people);
	assertClean(page);
});

test("a group that makes administrators waits until somebody approves it, with a reason", async () => {
	await page.visit("/directories/headquarters?tab=grants");
	const row = page.locator("tbody tr", { hasText: "app-admins" });
	await row.getByText("Waits for an approval").waitFor();
	await row.getByRole("button", { name: "Approve" }).click();
	await page.getByLabel("Reason").fill("our administrators");
	await page.locator("dialog button[type=submit]").click();
	await row.locator(".badge.good", { hasText: "Gives" }).waitFor();
	await until("they are administrators", async () => (await api("GET", "roles/Admin")).member_count > 1);
	assertClean(page);
});

test("a mapping is tried with a real person before it is saved", async () => {
	const created = "provisioning?token=headquarters&method=create&type=User&limit=1";
	const first = await until("who was created is told", async () => (await api("GET", created)).items[0]);
	await page.visit("/directories/headquarters/edit?tab=mapping");
	await page.fill("[name=person]", first.subject);
	await button("Show the preview").click();
	await page.locator(".steps-list", { hasText: "nothing" }).waitFor();
	await button("Add a row").first().click();
	await page.getByLabel("Attribute here, row 1").fill("title");
	await page.getByLabel("From the directory, row 1").fill('constant("Of the preview")');
	await page.locator(".steps-list", { hasText: "Of the preview" }).waitFor();
	assert.equal((await api("GET", `users/${first.subject_id}`)).title === "Of the preview", false);
	assertClean(page);
	await page.getByLabel("From the directory, row 1").fill("nonsense(");
	await page.locator("[role=alert]").waitFor();
	page.errors.length = 0; // the browser tells of the refusal too
	await button("Remove row 1").click();
	await page.locator(".steps-list", { hasText: "nothing" }).waitFor();
});

test("another place asks for the bind password anew, and the error is at its field", async () => {
	await page.visit("/directories/headquarters/edit");
	await page.waitForSelector("[name=uri]");
	assert.equal(await page.getAttribute("[name=secret]", "required"), null);
	await page.fill("[name=uri]", corp.CORP_URI);
	await page.getByText("type the bind password again").waitFor();
	assert.notEqual(await page.getAttribute("[name=secret]", "required"), null);
	await page.fill("[name=uri]", corp.CORP_TLS_URI.replace("localhost", "127.0.0.1"));
	await page.getByText("One is saved.").waitFor();

	await tab("People").click();
	await page.fill("[name=scope_rules]", "no rule at all");
	await tab("Connection").click();
	await button("Save").click();
	await page.locator("[name=scope_rules][aria-invalid=true]").waitFor();
	assert.equal(await page.inputValue("[name=scope_rules]"), "no rule at all");
	page.errors.length = 0;
	await page.fill("[name=scope_rules]", "");
	await tab("Limits and schedule").click();
	await page.fill("[name=full_seconds]", "3600");
	await button("Save").click();
	await page.getByRole("heading", { name: "headquarters", exact: true }).waitFor();
	assert.equal((await api("GET", "directories/headquarters")).full_seconds, 3600);
	assertClean(page);
});

test("what somebody else saved meanwhile is shown beside one's own", async () => {
	await page.visit("/directories/headquarters/edit?tab=running");
	await page.fill("[name=grace_hours]", "4");
	await api("PATCH", "directories/headquarters", { poll_seconds: 77 });
	await button("Save").click();
	await page.locator("strong", { hasText: "Somebody else has changed this meanwhile." }).waitFor();
	page.errors.length = 0;
	await button("Save mine over theirs").click();
	await page.getByRole("heading", { name: "headquarters", exact: true }).waitFor();
	const saved = await api("GET", "directories/headquarters");
	assert.deepEqual([saved.grace_hours, saved.poll_seconds], [4, 77]);
});

test("one person is looked up step by step, and applied only when that is asked for", async () => {
	const dn = `uid=late.comer,ou=people,${corp.CORP_BASE}`;
	await api("PATCH", "directories/headquarters", { active: false }); // no run is to be faster
	await until("it rests", () => stateOf(instance, "headquarters") === "paused");
	corp.modify(`dn: ${dn}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: late.comer\ncn: Late Comer\nsn: Comer\nmail: late.comer@acme.example\n`);
	const here = async () => (await api("GET", "users?contains=late.comer")).items.length;
	await page.visit("/directories/headquarters/person");
	await page.fill("[name=person]", "late.comer");
	await button("Look up (dry run)").click();
	await page.locator(".steps-list", { hasText: "created" }).waitFor();
	await page.getByText("Dry run: nothing is changed").waitFor();
	assert.equal(await here(), 0);
	await button("Apply now").click();
	await page.locator("dialog button[type=submit]").click();
	await page.locator("dialog").waitFor({ state: "detached" });
	assert.equal(await here(), 1);
	await api("POST", "directories/headquarters/resume", {});
	assert.match(page.url(), /person=late\.comer/);
	assertClean(page);
});

test("a run leads to its rows, and a row to its steps", async () => {
	await page.visit("/runs?directory=headquarters");
	await page.locator("tbody tr", { hasText: `${people} created` }).getByRole("link").click();
	await page.waitForURL("**/provisioning?request=*");
	await settled(page);
	await page.locator("tbody tr[data-row]", { hasText: "Create" }).first().getByRole("link").first().click();
	await page.waitForSelector("dialog .steps-list");
	assert.match(page.url(), /row=\d+/);
	await page.reload();
	await page.waitForSelector("dialog .steps-list");
	await page.keyboard.press("Escape");
	await page.locator("dialog").waitFor({ state: "detached" });
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByText("Download as CSV").click()]);
	assert.equal(file.suggestedFilename(), "provisioning.csv");
	assertClean(page);
});

test("a request of a connection is tried again before it is made again", async () => {
	const response = await fetch(`${instance.env.ACME_SCIM_URL}/Users`, {
		method: "POST",
		headers: { Authorization: `Bearer ${instance.env.ACME_SCIM_TOKEN}`, "Content-Type": "application/scim+json" },
		body: JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "scim.person", displayName: "Scim Person", emails: [{ value: "scim.person@acme.test", primary: true }] }),
	});
	assert.equal(response.status, 201);
	await page.visit("/provisioning?method=POST");
	await page.locator("tbody tr[data-row]", { hasText: "scim.person" }).getByRole("link").first().click();
	await button("Try the request again (dry run)").click();
	await page.locator("dialog [role=status]", { hasText: "HTTP 409" }).waitFor();
	assert.equal(await button("Make the request again in earnest").count(), 0);
	assertClean(page);
});

test("who may not manage directories is not shown them", async () => {
	instance.muster(["user", "create", "acme", "vera", "--name", "Vera Viewer", "--role", "Viewer", "--password-file", "-"], "looks only here 1\n");
	const other = await openPage(browser, instance);
	await signIn(other, instance, "vera", "looks only here 1");
	assert.equal(await other.getByRole("link", { name: "Directories", exact: true }).count(), 0);
	await other.visit("/directories");
	await other.getByRole("heading", { name: "This page is not for you" }).waitFor();
	await other.context().close();
});

test("a directory is deleted with the choice about its people, by name and by number", async () => {
	await page.visit("/directories/headquarters");
	await button("More").click();
	await button("Pause").click();
	await page.locator("dialog button[type=submit]").click();
	await button("Resume").waitFor();
	await button("More").click();
	await button("Delete…").click();
	await page.fill("dialog [name=count]", "1");
	await page.getByLabel("To go on, type: headquarters").fill("headquarters");
	await button("Delete, keep its people").click();
	await page.locator("dialog [role=alert]").waitFor();
	page.errors.length = 0;
	await page.fill("dialog [name=count]", String(people + 1));
	await button("Delete, keep its people").click();
	await page.getByText("No directory is connected").waitFor();
	assert.deepEqual((await api("GET", "directories")).items, []);
	assertClean(page);
});
