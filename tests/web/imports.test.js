// People from a file: what would happen, what did, what is wrong corrected and brought again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, startMuster } from "./muster.js";

const header = "name,email,username,roles,production_sites,active";
let browser;
let instance;
let api;
let page;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	browser = await openBrowser();
	page = await openPage(browser, instance);
	await page.visit("/");
	await signIn(page, instance);
});
after(() => browser?.close());

const line = (n, role) => `Import ${n},import${n}@acme.test,import${n},${role},,1`;
const people = async () => (await api("GET", "users?contains=import&limit=1&total=true")).total;

async function bring(text, name = "people.csv") {
	await page.visit("/users");
	await page.getByRole("link", { name: "Import…" }).click();
	await page.getByLabel("CSV file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
	await page.getByRole("button", { name: "Preview" }).click();
	await page.getByRole("heading", { name: "What would happen" }).waitFor();
	await page.waitForSelector("tbody tr[data-row]");
}

async function decide(label) {
	await page.getByRole("button", { name: label }).first().click();
	await page.locator("dialog").getByRole("button", { name: label }).click();
	await page.getByRole("heading", { name: "What happened" }).waitFor();
}

test("30 lines with 3 errors and 2 duplicates are imported, the 3 corrected and brought again: nobody twice", async () => {
	const lines = Array.from({ length: 28 }, (_, n) => line(n, n % 10 === 4 ? "Nonesuch" : "Technician"));
	await bring([header, ...lines, line(0, "Technician"), line(1, "Technician")].join("\r\n"));
	assert.equal(await people(), 0, "nothing has happened yet");
	await page.getByLabel("Lines shown", { exact: true }).selectOption("error");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 3);
	assert.match(await page.locator("tbody tr[data-row]").first().innerText(), /there is no role "Nonesuch"/);
	await page.getByLabel("Lines shown", { exact: true }).selectOption("duplicate");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-row]").length === 2);
	await decide("Import 25 people");
	assert.equal(await people(), 25);
	await page.reload();
	await page.getByRole("heading", { name: "What happened" }).waitFor();
	const told = page.waitForEvent("download");
	await page.getByRole("link", { name: "Download errors" }).click();
	const wrong = readFileSync(await (await told).path(), "utf8");
	await bring(wrong.replaceAll("Nonesuch", "Technician"));
	await decide("Import 3 people");
	assert.equal(await people(), 28);
	await bring([header, ...lines].join("\n").replaceAll("Nonesuch", "Technician"));
	assert.equal(await page.getByRole("button", { name: "Import 0 people" }).isDisabled(), true);
	await page.getByRole("button", { name: "Reject" }).click();
	await page.locator("dialog").getByRole("button", { name: "Reject" }).click();
	await page.getByText("Ended").first().waitFor();
	assert.equal(await people(), 28);
	await settled(page);
	assertClean(page);
});

test("a file that is none is refused with line and column, and what was pasted stays", async () => {
	await page.visit("/imports");
	const text = `${header}\nAnna,"anna`;
	await page.getByLabel("Or paste the lines here").fill(text);
	await page.getByRole("button", { name: "Preview" }).click();
	await page.getByText("line 2, column 6").waitFor();
	assert.equal(await page.getByLabel("Or paste the lines here").inputValue(), text);
	await page.getByLabel("CSV file").setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer: Buffer.from([0x6e, 0xfc, 0x0a]) });
	await page.getByRole("button", { name: "Preview" }).click();
	await page.getByText("not saved as UTF-8").waitFor();
});

test("an import of many lines goes on while its page is loaded anew, says how far it is, and ends as one", async () => {
	const total = 3000; // more than are imported while one waits
	const lines = Array.from({ length: total }, (_, n) => `Crew ${n},crew${n}@acme.test,crew${n},Technician,,1`);
	await bring([header, ...lines].join("\n"));
	const address = page.url();
	const label = /^Import 3.?000 people$/;
	await page.getByRole("button", { name: label }).click();
	await page.locator("dialog").getByRole("button", { name: label }).click();
	const look = async () => {
		const said = await page.waitForFunction(() => {
			const bar = document.querySelector("main progress");
			if (bar) return { through: bar.value, total: bar.max, label: bar.ariaLabel };
			return document.querySelector("main .actions a[href='/console/imports']") && { over: true };
		});
		return said.jsonValue();
	};
	let through = 0;
	for (let now = await look(); !now.over; now = await look()) {
		assert.equal(now.total, total);
		assert.ok(now.through >= through, `${now.label}, after ${through}`);
		through = now.through;
		await page.reload();
	}
	assert.equal(page.url(), address);
	const job = await api("GET", `imports/${address.split("/").pop()}`);
	assert.deepEqual([job.state, job.done, job.refused], ["done", total, 0]);
	assert.equal((await api("GET", "users?contains=crew&limit=1&total=true")).total, total);
});
