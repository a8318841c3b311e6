// Conflicts of further sorts, raised by a real directory, a connection or a receiver, and settled by their
// button: what becomes of whom they are about.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { assertClean, openBrowser, openPage, signIn } from "./browser.js";
import { apiOf, connect, startDirectory, startMuster, stateOf, until } from "./muster.js";
import { answers, kinds } from "./journeys.js";
import { answerConflict, ldifOf, openConflict, patchOf, scimOf } from "./screens/sync.js";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const made = (user) => ({
	schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
	userName: user,
	emails: [{ value: `${user}@corp.test`, primary: true }],
});
let instance, api, scim, corp, browser, page;

const person = async (user, more = {}) =>
	(await api("POST", "users", { user, name: user, emails: [`${user}@acme.test`], roles: ["Technician"], ...more })).id;
// With a number that directories join by; only a connection can give it.
async function numbered(user, number) {
	const id = await person(user);
	await scim("PATCH", `Users/${id}`, patchOf(`${ENTERPRISE}:employeeNumber`, number));
	return id;
}
function policy(name, value) {
	const set = (...words) => JSON.parse(instance.muster(["--json", "policy", "set", "acme", name, "--value", value, ...words]));
	const effect = set();
	if (!effect.applied) set("--confirm", String(effect.count));
}
const userOf = (name) => api("GET", `users/${name}`).catch(() => undefined);
const dnOf = (uid) => `uid=${uid},ou=people,${corp.CORP_BASE}`;
const replace = (dn, name, value) => `dn: ${dn}\nchangetype: modify\nreplace: ${name}\n${name}: ${value}\n\n`;
const remove = (dn) => `dn: ${dn}\nchangetype: delete\n\n`;
const answer = (id, label, state, choose) => answerConflict(page, id, label, state, choose);
const about = (type, uid) => openConflict(api, (row) => row.type === type && row.dn?.startsWith(`uid=${uid},`), uid);
const holders = async (role) => (await api("GET", `roles/${encodeURIComponent(role)}`)).members.map((one) => one.name);
// One that is under way may have begun too early.
const compare = (name) => until("a compare begins", () => api("POST", `directories/${name}/sync`, { full: true }).then(() => true, () => false));
// A conflict whose group is gone goes with it, while its page is open.
const goneWithIt = [/404 .*\/api\/v1\/conflicts\//];
const crew = Array.from({ length: 12 }, (_, i) => `crew${i}`);
const crewDn = () => `cn=crew,ou=groups,${corp.CORP_BASE}`;

before(async () => {
	instance = startMuster();
	api = apiOf(instance);
	scim = scimOf(instance);
	corp = startDirectory(20);
	const group = `dn: ${crewDn()}\nchangetype: add\nobjectClass: groupOfNames\ncn: crew\n`;
	corp.modify(crew.map((uid) => ldifOf(corp, uid)).join("") + group + crew.map((uid) => `member: ${dnOf(uid)}\n`).join(""));
	connect(instance, corp, "hq", [
		"--join-rule", "employeeNumber", "--map", "nick_name=audio", "--group-gone", "keep",
		"--group-map", "crew=role:Technician", "--group-map", "crew=role:Night shift", "--group-map", "crew=scope:Moon",
	]);
	await until("the first run is held", () => stateOf(instance, "hq") === "held");
	await api("POST", `plans/${(await api("GET", "plans?state=held")).items[0].id}/approve`, {});
	await until("it is followed", () => stateOf(instance, "hq") === "following");
	browser = await openBrowser();
	page = await openPage(browser, instance);
	await signIn(page, instance);
});
after(() => browser?.close());

test("each sort of conflict that the server knows, and each answer, has its test", async () => {
	const { Conflict } = (await api("GET", "openapi.json")).components.schemas;
	const known = Conflict.properties;
	assert.deepEqual(Object.keys(kinds).sort(), [...known.type.enum].sort());
	assert.deepEqual(Object.keys(answers).sort(), [...known.answers.items.enum].sort());
	for (const [file, name] of [...Object.values(kinds), ...Object.values(answers)]) {
		const text = readFileSync(new URL(file, import.meta.url), "utf8");
		assert.ok(text.includes(`test(${JSON.stringify(name)}, `), `${file}: ${name}`);
	}
});

test("who comes twice with one address is a person without it", async () => {
	corp.modify(ldifOf(corp, "twin") + ldifOf(corp, "twin.two", { mail: "twin@corp.test" }));
	const conflict = await openConflict(api, (row) => row.type === "email_same_source", "two entries");
	await answer(conflict.id, "New person: create", "Created anew");
	const both = await until("both are here", async () => {
		const found = (await api("GET", "users?contains=twin")).items;
		return found.length === 2 && found;
	});
	assert.equal(both.filter((one) => one.emails?.length > 0 || one.email).length, 1);
});

test("the account of a connection is linked with who has its address", async () => {
	const { id } = (await scim("POST", "Users", made("sina"))).body;
	corp.modify(ldifOf(corp, "sina.new", { mail: "sina@corp.test", title: "Linked" }));
	const conflict = await about("email_scim", "sina.new");
	await answer(conflict.id, "Same person: link", "Linked");
	// The connection keeps the name that it gave.
	await until("the directory has her", async () => (await scim("GET", `Users/${id}`)).body.title === "Linked");
	assert.equal(await userOf("sina.new"), undefined);
});

test("who might be somebody here is not, by an administrator's word", async () => {
	const id = await numbered("clara", "E-1");
	corp.modify(ldifOf(corp, "clara.new", { employeeNumber: "E-1" }));
	const conflict = await about("claim", "clara.new");
	await answer(conflict.id, "New person: create", "Created anew");
	const newcomer = await until("another person", () => userOf("clara.new"));
	assert.notEqual(newcomer.id, id);
});

test("of several who match, the administrator says which, and the password ends", async () => {
	const ids = [await numbered("anna1", "E-2"), await numbered("anna2", "E-2")];
	corp.modify(ldifOf(corp, "anna.new", { employeeNumber: "E-2" }));
	const conflict = await about("ambiguous", "anna.new");
	await answer(conflict.id, "Same person: link", "Linked", async () => {
		await page.locator("dialog").getByLabel("anna2").check();
		await page.locator("dialog [name=end_password]").check();
	});
	await until("the chosen one has its name", async () => (await userOf("anna.new"))?.id === ids[1]);
	assert.equal((await userOf("anna1")).id, ids[0]);
});

test("who is born again is who they were, once somebody says so", async () => {
	corp.modify(ldifOf(corp, "rene"));
	const old = await until("he is here", () => userOf("rene"));
	corp.modify(remove(dnOf("rene")) + ldifOf(corp, "rene", { title: "Again" }));
	const conflict = await about("reborn", "rene");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.locator("main .facts .badge", { hasText: "Deactivated" }).first().waitFor();
	await answer(conflict.id, "Same person: link", "Linked");
	await until("he is active again", async () => (await userOf("rene"))?.title === "Again");
	assert.deepEqual([(await userOf("rene")).id, (await userOf("rene")).active], [old.id, true]);
});

test("who left and whose name another one has is let go of by the directory, and stays away", async () => {
	corp.modify(ldifOf(corp, "lena"));
	const old = await until("she is here", () => userOf("lena"));
	corp.modify(remove(dnOf("lena")) + ldifOf(corp, "lena", { title: "Another" }));
	const reborn = await about("reborn", "lena");
	await answer(reborn.id, "Release from its directory", "Unlinked");
	const left = await api("GET", `users/${old.id}`);
	assert.deepEqual([left.active, left.sources], [false, []]);
	const taken = await about("uniqueness", "lena");
	await answer(taken.id, "New person: create", "Created anew");
	const newcomer = await until("another person", async () =>
		(await api("GET", "users?contains=lena")).items.find((one) => one.id !== old.id),
	);
	assert.equal(newcomer.active, true);
	assert.equal((await api("GET", `users/${old.id}`)).active, false);
});

test("a value that cannot be stored leaves the old one, which both last agreed on", async () => {
	corp.modify(ldifOf(corp, "nick", { "audio": "good" }));
	await until("he is here", () => userOf("nick"));
	corp.modify(`dn: ${dnOf("nick")}\nchangetype: modify\nreplace: audio\naudio:: //4A\n\n`);
	const conflict = await about("bad_value", "nick");
	await answer(conflict.id, "Keep as here", "Kept as here");
	const shown = await api("GET", `conflicts/${conflict.id}`);
	assert.deepEqual([shown.meant.name, shown.base, shown.ours], ["nick", "good", "good"]);
	await page.locator("main").getByText("Whom the source means here").waitFor();
	await page.locator("main").getByRole("link", { name: "nick", exact: true }).first().waitFor();
});

test("an address that somebody else has is compared with the last one agreed on, and let go of", async () => {
	await person("holder", { emails: ["held@corp.test", "holder@acme.test"] });
	corp.modify(ldifOf(corp, "moved"));
	await until("she is here", () => userOf("moved"));
	corp.modify(replace(dnOf("moved"), "mail", "held@corp.test"));
	const conflict = await openConflict(api, (row) => row.theirs === "held@corp.test", "an address");
	assert.equal(conflict.type, "email_local");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("columnheader", { name: "Last agreed" }).waitFor();
	await page.locator("table.diff tbody tr", { hasText: "moved@corp.test" }).waitFor();
	await answer(conflict.id, "Ignore", "Ignored");
	assert.deepEqual((await userOf("moved")).emails, ["moved@corp.test"]);
});

test("an address that the policy keeps is tried again, and goes once it may", async () => {
	const { id } = (await scim("POST", "Users", made("paula"))).body;
	policy("email.mutability", "immutable");
	const say = () => scim("PATCH", `Users/${id}`, patchOf("emails", [{ value: "paula.new@corp.test", primary: true }]));
	await say();
	const conflict = await openConflict(api, (row) => row.subject?.id === id, "a policy");
	assert.equal(conflict.type, "policy");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.locator("table.diff", { hasText: "paula.new@corp.test" }).waitFor();
	await answer(conflict.id, "Try again", "Being tried again");
	policy("email.mutability", "support_only");
	await say();
	assert.deepEqual((await userOf("paula")).emails, ["paula.new@corp.test"]);
});

test("a role and a scope that are missing are given once they are there", async () => {
	const role = await openConflict(api, (row) => row.type === "role_missing", "a role");
	const scope = await openConflict(api, (row) => row.type === "site_missing", "a scope");
	await page.visit(`/conflicts/${role.id}`);
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator("dialog button[type=submit]").click();
	await page.locator("dialog").waitFor({ state: "detached" });
	await api("POST", "roles", { role: "Night shift", permissions: ["tasks.view"] });
	await api("POST", "scopes", { scope: "Moon" });
	for (const one of [role, scope]) {
		await page.visit(`/conflicts/${one.id}`);
		await page.locator("main .badge", { hasText: "Gone by itself" }).first().waitFor();
	}
	await until("all of the crew have the role", async () => (await holders("Night shift")).length === crew.length);
});

test("who is of two directories is one person of both, by an administrator's word", async () => {
	corp.modify(ldifOf(corp, "shared") + ldifOf(corp, "other"));
	await until("they are here", () => userOf("other"));
	const id = (await userOf("shared")).id;
	connect(instance, corp, "branch", ["--scope-rule", "uid=shared", "--run-limit", "first=1"]);
	const conflict = await openConflict(api, (row) => row.type === "email_sources" && row.source.name === "branch", "two sources");
	await answer(conflict.id, "Same person: link", "Linked");
	await until("the second has one", async () => (await api("GET", "directories/branch/status")).people === 1);
	assert.equal((await userOf("shared")).id, id);
});

test("a platform that refuses somebody is asked again, and takes them", async () => {
	let status = 422;
	const receiver = createServer((request, response) => {
		request.resume().on("end", () => response.writeHead(status).end());
	});
	await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
	await api("POST", "webhooks", { name: "shop", uri: `http://127.0.0.1:${receiver.address().port}/`, events: ["user.created"] });
	const id = await person("pushed");
	const conflict = await openConflict(api, (row) => row.type === "push_rejected" && row.subject?.id === id, "a refusal");
	status = 204;
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator("dialog button[type=submit]").click();
	await until("it is taken", async () => (await api("GET", `conflicts/${conflict.id}`)).state === "closed");
	await page.locator("main .badge", { hasText: "Gone by itself" }).first().waitFor();
	await page.visit("/conflicts"); // the one that was shown goes with its source
	await page.waitForSelector("main h1");
	await api("DELETE", "webhooks/shop");
	receiver.close();
});

test("a group that loses most of its members waits, and then they lose the role", async () => {
	corp.modify(replace(crewDn(), "member", dnOf(crew[0])));
	const conflict = await openConflict(api, (row) => row.type === "membership_drop", "a drop");
	assert.equal((await holders("Night shift")).length, crew.length);
	await answer(conflict.id, "Approve", "Approved");
	await until("one holds it", async () => (await holders("Night shift")).join() === crew[0]);
});

test("what a group that is gone gave is kept until it is confirmed", async () => {
	await until("it is followed", () => stateOf(instance, "hq") === "following");
	corp.modify(remove(crewDn()));
	const conflict = await openConflict(api, (row) => row.type === "group_gone" && row.theirs === "crew", "a group");
	assert.deepEqual(await holders("Night shift"), [crew[0]]);
	await answer(conflict.id, "Approve", "Approved");
	await until("nobody holds it", async () => (await holders("Night shift")).length === 0);
});

test("the last Admin stays, whatever the directory says, and goes by an approval once there is another", async () => {
	const { ACME_ADMIN: admin } = instance.env;
	const password = "a password of Ina 1";
	corp.modify(ldifOf(corp, "boss"));
	await until("the boss is here", () => userOf("boss"));
	await api("POST", "roles/Admin/members", { user: "boss" });
	await api("POST", "roles", { role: "Integrator", permissions: ["integrations.manage"] });
	instance.muster(["user", "create", "acme", "ina", "--name", "Ina", "--role", "Integrator", "--password-file", "-"], `${password}\n`);
	const hers = await openPage(browser, instance);
	await signIn(hers, instance, "ina", password);
	assertClean(page, goneWithIt);
	await page.context().close(); // an Admin who is on leave has no session
	await api("POST", `users/${admin}/deactivate`, { reason: "leave" });
	corp.modify(remove(dnOf("boss")));
	const conflict = await openConflict(api, (row) => row.type === "last_admin", "the last Admin");
	assert.equal(conflict.subject.name, "boss");
	await answerConflict(hers, conflict.id, "Keep as here", "Kept as here");
	assert.equal((await userOf("boss")).active, true);
	assertClean(hers);
	await hers.context().close();

	await api("POST", `users/${admin}/activate`, {});
	page = await openPage(browser, instance);
	await signIn(page, instance);
	await compare("hq");
	// While the directory is read anew nobody holds the plan for a moment.
	const approve = async () => {
		const [held] = (await api("GET", "conflicts?state=open&kind=mass_change")).items;
		if (held) await api("POST", `conflicts/${held.id}/settle`, { as: "approve-once" }).catch(() => undefined);
		return !(await userOf("boss")).active;
	};
	await until("the boss is away", approve);
});

test("a directory that shows less than before takes nobody away, and is followed when it shows them again", async () => {
	await until("it is followed", () => stateOf(instance, "hq") === "following");
	const few = Array.from({ length: 8 }, (_, i) => `hidden${i}`);
	corp.modify(few.map((uid) => ldifOf(corp, uid)).join(""));
	const here = async () => (await api("GET", "users?contains=hidden")).items.filter((one) => one.active).length;
	await until("all are here", async () => (await here()) === few.length);
	await until("it is followed still", () => stateOf(instance, "hq") === "following");
	const show = corp.hide("(uid=hidden*)");
	await compare("hq");
	const conflict = await openConflict(api, (row) => row.type === "shrink", "fewer people");
	assert.match(conflict.theirs, /^8 of \d+ people are missing/);
	await until("the run is held", () => stateOf(instance, "hq") === "held");
	show();
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator("dialog button[type=submit]").click();
	await page.locator("main .badge", { hasText: "Gone by itself" }).first().waitFor();
	await until("it is followed again", () => stateOf(instance, "hq") === "following");
	assert.equal(await here(), few.length);
});

test("a directory that fell behind is compared, and its plan approved", async () => {
	await until("it is followed", () => stateOf(instance, "hq") === "following");
	corp.backup();
	corp.modify(ldifOf(corp, "late"));
	await until("late is here", () => userOf("late"));
	await api("PATCH", "directories/hq", { active: false });
	await until("it rests", () => stateOf(instance, "hq") === "paused");
	corp.restore();
	await api("POST", "directories/hq/resume", {});
	await until("it says so", async () => (await api("GET", "directories/hq/status")).class === "rollback");
	assert.equal((await userOf("late")).active, true, "nobody is taken away by it");
	await page.visit("/directories/hq");
	await page.getByRole("button", { name: "More" }).click();
	await page.getByRole("button", { name: "Full compare", exact: true }).click();
	await until("the compare is held", () => stateOf(instance, "hq") === "held");
	const conflict = await openConflict(api, (row) => row.type === "rollback" && row.source.name === "hq", "a rollback");
	await page.visit(`/conflicts/${conflict.id}`);
	await page.getByRole("link", { name: "Read the plan" }).click();
	await page.getByRole("button", { name: "Approve once…" }).click();
	await page.locator("dialog button[type=submit]").click();
	await until("late is gone", async () => !(await userOf("late")).active);
	await page.visit(`/conflicts/${conflict.id}`);
	await page.locator("main .badge", { hasText: /Gone by itself|Approved/ }).first().waitFor();
	assertClean(page, goneWithIt);
});
