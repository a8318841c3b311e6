import assert from "node:assert/strict";
import { test } from "node:test";
import { askOf, canReplay, type Entry, textsOf, worstOf } from "console/screens/provisioning/run";
import { asksForSecret, blank, bodyOf, fieldOf, joinGroup, limitOf, patchOf, splitGroup, tabOf, typed, withLimit } from "console/screens/directories/setup";
import { byServer, nextOf, outcomeOf, worst, wouldChange } from "console/screens/directories/steps";

test("a new directory says only what was typed", () => {
	const setup = { ...blank, name: "corp", uri: "ldaps://h", base_dn: "dc=x", contacts: " a@x.test \n\n", maps: ["title=title", "="] };
	assert.deepEqual(bodyOf(setup), { name: "corp", uri: "ldaps://h", base_dn: "dc=x", contacts: ["a@x.test"], maps: ["title=title"] });
});

test("a change takes away what was emptied, and keeps a secret that was not typed", () => {
	assert.deepEqual(patchOf({ scope_rules: "", poll_seconds: null, user_filter: "", secret: "", name: "new" }), {
		scope_rules: [],
		poll_seconds: null,
		user_filter: "",
		new_name: "new",
	});
});

test("what is saved and typed again is the same", () => {
	const setup = typed({ id: "x", name: "corp", failover_uris: ["ldaps://a", "ldaps://b"], start_tls: true, full_seconds: 60 });
	assert.equal(setup.failover_uris, "ldaps://a\nldaps://b");
	assert.deepEqual(bodyOf(setup), { name: "corp", failover_uris: ["ldaps://a", "ldaps://b"], start_tls: true, full_seconds: 60 });
});

test("the secret is asked for anew where it would go elsewhere, and only there", () => {
	const before = { ...blank, uri: "ldaps://a", failover_uris: "ldaps://b", bind_dn: "cn=reader" };
	assert.equal(asksForSecret(before, before, true), false);
	assert.equal(asksForSecret(before, { ...before, uri: "ldaps://b", failover_uris: "ldaps://a" }, true), false);
	assert.equal(asksForSecret(before, { ...before, base_dn: "dc=y" }, true), false);
	for (const other of [{ uri: "ldaps://c" }, { failover_uris: "ldaps://c" }, { start_tls: true }, { ca_file: "/x.pem" }, { bind_dn: "cn=other" }]) {
		assert.equal(asksForSecret(before, { ...before, ...other }, true), true, JSON.stringify(other));
	}
	assert.equal(asksForSecret(before, { ...before, uri: "ldaps://c" }, false), false);
	assert.equal(asksForSecret(before, { ...before, bind_dn: "" }, true), false);
});

test("a row of the group mapping is taken apart and put together", () => {
	for (const row of ["app-admins=role:Admin", "a=b=scope:Plant 7", "staff=group:Staff", "scope=department"]) {
		assert.equal(joinGroup(splitGroup(row)), row);
	}
	assert.deepEqual(splitGroup("a=b=scope:Plant 7"), { group: "a=b", kind: "scope", name: "Plant 7" });
});

test("a limit is set, changed and taken away; the others stay", () => {
	const rows = withLimit(["first=1"], "missing", 7);
	assert.equal(limitOf(rows, "missing"), 7);
	assert.equal(limitOf(withLimit(rows, "missing", 9), "missing"), 9);
	assert.deepEqual(withLimit(rows, "missing", null), ["first=1"]);
	assert.equal(limitOf(rows, "admins"), null);
});

test("an error of the API is shown at the field and in the tab that it is about", () => {
	const known: [string, string, string][] = [
		["scope-rule", "scope_rules", "people"],
		["groupMap", "group_maps", "groups"],
		["maps", "maps", "mapping"],
		["secret", "secret", "connection"],
		["failoverUri", "failover_uris", "connection"],
		["full_seconds", "full_seconds", "running"],
	];
	for (const [said, field, tab] of known) {
		assert.equal(fieldOf(said), field);
		assert.equal(tabOf(field), tab);
	}
	for (const field of Object.keys(blank)) assert.ok(tabOf(field), field);
});

test("the steps of a person are taken apart, and a dry run that changes nothing offers nothing", () => {
	const outcome = outcomeOf([
		{ step: "found", good: true, text: "uid=ann" },
		{ step: "theirs", good: true, text: "cn: Ann: A" },
		{ step: "row", good: false, text: "department=ou: not needed" },
		{ step: "mapped", good: true, text: "title = a = b" },
		{ step: "would-change", good: true, text: "nothing" },
	]);
	assert.deepEqual(outcome.theirs, [{ name: "cn", value: "Ann: A" }]);
	assert.deepEqual(outcome.rows, [{ row: "department=ou", value: "not needed", good: false }]);
	assert.deepEqual(outcome.mapped, [{ name: "title", value: "a = b" }]);
	assert.equal(wouldChange(outcome), false);
	assert.equal(wouldChange(outcomeOf([{ step: "would-change", good: true, text: "created" }])), true);
	assert.equal(wouldChange(outcomeOf([{ step: "would-change", good: false, text: "the address is taken" }])), false);
	assert.equal(wouldChange(outcomeOf([{ step: "found", good: false, text: "nobody" }])), false);
});

test("a preflight is as good as its worst check, server by server", () => {
	const check = (server: string, verdict: "good" | "warning" | "bad") => ({ server, check: "reach", verdict, text: "", because: [] });
	const all = [check("a", "good"), check("b", "warning"), check("a", "bad")];
	assert.deepEqual(byServer(all).map(([server, rows]) => [server, rows.length]), [["a", 2], ["b", 1]]);
	assert.equal(worst(all), "bad");
	assert.equal(worst(all.slice(0, 2)), "warning");
	assert.equal(worst([]), "good");
});

test("each state says what an administrator does next", () => {
	const one = { name: "corp", active: true };
	assert.equal(nextOf({ ...one, state: "held", plan: "x" }), "plan");
	assert.equal(nextOf({ ...one, state: "paused", class: "auth" }), "secret");
	assert.equal(nextOf({ ...one, state: "paused", class: "rollback" }), "full");
	assert.equal(nextOf({ ...one, state: "quarantined" }), "check");
	assert.equal(nextOf({ ...one, state: "following" }), "none");
	assert.equal(nextOf({ ...one, active: false, state: "following" }), "resume");
});

test("a request of many parts is as bad as the worst of them", () => {
	assert.equal(worstOf(["succeeded", "refused", "unchanged"]), "refused");
	assert.equal(worstOf(["unchanged", "succeeded"]), "succeeded");
	assert.equal(worstOf([]), undefined);
});

test("only a change of a connection that is kept whole can be made again", () => {
	const entry = { method: "PATCH", bulk: null, cut: false, redacted: false } as Entry;
	assert.equal(canReplay(entry), true);
	for (const other of [{ method: "GET" }, { method: "update" }, { bulk: 3 }, { cut: true }, { redacted: true }]) {
		assert.equal(canReplay({ ...entry, ...other }), false, JSON.stringify(other));
	}
});

test("the filters of the log become the API's", () => {
	const now = Date.parse("2026-11-22T12:00:30Z");
	assert.deepEqual(askOf({ since: "hour", problems: "1", token: "corp" }, now), {
		token: "corp",
		from: "2026-11-22T11:00:00Z",
		problems: "true",
	});
	assert.deepEqual(askOf({}, now), {});
	assert.deepEqual(textsOf([1, null, { a: 1 }]), ["1", '{"a":1}']);
});
