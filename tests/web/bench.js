// How soon a browser shows the first rows of long lists, and the next page: medians, in milliseconds
// from the click until the rows stand. tests/bench/run --console; BENCH_USERS and BENCH_CONFLICTS say how many.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, connect, startDirectory, startMuster, stateOf, until } from "./muster.js";
import { ldifOf } from "./screens/sync.js";

const USERS = Number(process.env.BENCH_USERS ?? 100_000);
// As many as a company keeps. A source takes no more than it leaves free, so that several bring them:
// the first half of them, the next half of the rest.
const CONFLICTS = Number(process.env.BENCH_CONFLICTS ?? 10_000);
const SOURCES = 20;
const ROUNDS = 9;
const GOALS = { first: 300, next: 150 };
const given = ["Anna", "Bernd", "Carla", "Deniz", "Emil", "Farah", "Greta", "Hugo", "Ines", "Jan"];
const family = ["Berg", "Weber", "Kowalski", "Moreau", "Rossi", "Silva", "Novak", "Larsen", "Demir"];

function people() {
	const line = (i) => JSON.stringify({
		schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
		userName: `user${String(i).padStart(6, "0")}`,
		displayName: `${given[i % given.length]} ${family[Math.floor(i / 7) % family.length]}`,
		title: "Technician",
		emails: [{ value: `user${i}@plant.example`, primary: true }],
	});
	return Array.from({ length: USERS }, (_, i) => line(i)).join("\n");
}

// In the page: from the click until the first row is another than it was, and has been drawn.
function timed(link) {
	return link.evaluate(
		(element) =>
			new Promise((done) => {
				const first = () => document.querySelector("tbody tr[data-row]")?.textContent;
				const before = first();
				const begin = performance.now();
				const look = () => (first() !== undefined && first() !== before ? done(performance.now() - begin) : requestAnimationFrame(look));
				element.click();
				look();
			}),
	);
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

test("long lists", { timeout: 1_800_000 }, async () => {
	const folder = mkdtempSync(join(tmpdir(), "muster-lists-"));
	writeFileSync(join(folder, "people.jsonl"), people());
	const instance = startMuster("muster", ["--load", join(folder, "people.jsonl")]);
	rmSync(folder, { recursive: true });
	const api = apiOf(instance);
	const corp = startDirectory(10);
	corp.modify(Array.from({ length: Math.ceil(CONFLICTS / 2) }, (_, i) => ldifOf(corp, `held${i}`, { mail: null })).join(""));
	const totalOf = async (list) => (await api("GET", `${list}&limit=1&total=true`)).total;
	for (let i = 0; i < SOURCES && (await totalOf("conflicts?state=open")) < CONFLICTS; i++) {
		connect(instance, corp, `source${i}`, ["--no-email", "hold", "--run-limit", "first=1"]);
		await until("the run is over", () => stateOf(instance, `source${i}`) === "following", 600_000);
	}
	const totals = { users: await totalOf("users?sort=name"), conflicts: await totalOf("conflicts?state=open") };
	assert.ok(totals.users >= USERS && totals.conflicts >= CONFLICTS, JSON.stringify(totals));

	const browser = await openBrowser();
	const page = await openPage(browser, instance);
	await signIn(page, instance);
	const menu = (name) => page.getByRole("navigation").getByRole("link", { name, exact: true });
	for (const [list, name] of [["users", "Users"], ["conflicts", "Conflicts"]]) {
		const took = { first: [], next: [] };
		for (let i = 0; i <= ROUNDS; i++) {
			await menu("Status").click();
			await page.waitForFunction(() => !document.querySelector("tbody tr[data-row]"));
			const first = await timed(menu(name));
			await settled(page);
			const next = await timed(page.getByRole("button", { name: "Next", exact: true }));
			await settled(page);
			if (i > 0) took.first.push(first), took.next.push(next); // the first time loads the screen itself
		}
		for (const [what, values] of Object.entries(took)) {
			console.log(`${list} of ${totals[list]}, ${what} rows: ${median(values).toFixed(0)} ms, goal ${GOALS[what]} ms`);
		}
	}
	console.log(`load ${loadavg()[0].toFixed(1)}`);
	await browser.close();
});
