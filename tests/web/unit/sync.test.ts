import assert from "node:assert/strict";
import { test } from "node:test";
import { commonAnswers, comparable, compared, type Conflict, type ConflictRow, entryOf, factsOf, leafOf, linkable, placeOf, single } from "console/screens/conflicts/conflict";
import { merged } from "console/screens/conflicts/history";
import { filterOf } from "console/screens/plans/held-change";
import { diffOf, kindsOf, typedFor } from "console/screens/plans/plan";

const row = (more: Partial<Conflict>): Conflict => ({
	id: "1", type: "email_local", state: "open", times: 1, seen: "", created: "", answers: [], sentence: "", closes: "",
	facts: [], candidates: [], ...more,
});

test("the first name of a DN is read without its escapes", () => {
	assert.equal(leafOf("uid=ada,ou=people,dc=acme"), "ada");
	assert.equal(leafOf("cn=Lovelace\\, Ada,ou=people"), "Lovelace, Ada");
	assert.equal(leafOf("no dn at all"), "no dn at all");
});

test("whom the source means is told by the best name that it has", () => {
	assert.equal(entryOf(row({ facts: ["userName=ada", "displayName=Ada L."] })), "Ada L.");
	assert.equal(entryOf(row({ dn: "uid=ada,dc=acme" })), "ada");
	assert.equal(entryOf(row({ type: "grant", theirs: "app-admins" })), "app-admins");
	assert.equal(entryOf(row({})), undefined);
});

test("values of one attribute stand together, whatever is in them", () => {
	assert.deepEqual([...factsOf(["a=1", "b=x=y", "a=2", "=", "none"])], [["a", ["1", "2"]], ["b", ["x=y"]]]);
});

test("a person is compared by what both sides can say", () => {
	const facts = ["userName=ada", "emails.value=a@x", "emails.value=b@x", "unknown=1"];
	const ada = { id: "a", kind: "user", name: "ada.l" };
	const conflict = row({ facts, subject: { id: "b" }, meant: ada, attribute: "emails.value", base: "c@x, d@x" });
	assert.deepEqual(compared(conflict, { id: "b" }, { user_name: "ada.l", emails: ["a@x"] }), [
		{ name: "userName", here: ["ada.l"], source: ["ada"] },
		{ name: "emails.value", here: ["a@x"], source: ["a@x", "b@x"] },
	]);
	const [, emails] = compared(conflict, ada, { emails: ["a@x"] });
	assert.deepEqual(emails?.base, ["c@x", "d@x"], "what was last agreed on is that person's");
});

test("whom the source means stands first of those to compare with", () => {
	const [ada, ben] = ["ada", "ben"].map((name) => ({ id: name, kind: "user", name }));
	assert.deepEqual(comparable(row({ meant: ada, subject: ben })), [ada, ben]);
	assert.deepEqual(comparable(row({ meant: { id: "gone" }, subject: ben })), [ben]);
});

test("a value alone has its three sides as far as they are known", () => {
	const policy = row({ type: "policy", attribute: "emails.value", base: "a@x", ours: "a@x", theirs: "b@x" });
	assert.deepEqual(single(policy), { name: "emails.value", base: ["a@x"], here: ["a@x"], source: ["b@x"] });
	assert.equal(single(row({ type: "grant", attribute: "role:Admin", theirs: "admins" })), undefined);
});

test("many are answered by what all of them take, and are approved one by one", () => {
	const of = (...answers: string[]) => row({ answers }) as ConflictRow;
	assert.deepEqual(commonAnswers([of("keep-local", "link", "approve-once"), of("approve-once", "link")]), ["link"]);
	assert.deepEqual(commonAnswers([]), []);
});

test("each who may be linked is named once, and nobody who is gone", () => {
	const ada = { id: "a", kind: "user", name: "ada" };
	const found = linkable(row({ subject: ada, candidates: [{ user: ada, matched: [] }, { user: { id: "gone" }, matched: [] }] }));
	assert.deepEqual(found, [ada]);
	assert.deepEqual(linkable(row({ subject: { id: "p", kind: "plan", name: "1" } })), []);
});

test("what is gone leads nowhere", () => {
	assert.equal(placeOf({ id: "a", kind: "user", name: "ada" }), "/users/a");
	assert.equal(placeOf({ id: "d", kind: "directory", name: "a b" }), "/directories/a%20b");
	for (const name of ["a/b", "..", "new"]) assert.equal(placeOf({ id: "d", kind: "directory", name }), "/directories/d");
	assert.equal(placeOf({ id: "a" }), undefined);
	assert.equal(placeOf(undefined), undefined);
});

test("what takes away stands first, and many who lose something are typed", () => {
	const counts = { people: 200, unchanged: 100, create: 3, deactivate: 9, "delete-group": 2, update: 0 };
	assert.deepEqual(kindsOf(counts).map((one) => one.action), ["deactivate", "delete-group", "create"]);
	assert.equal(typedFor(counts), "11");
	assert.equal(typedFor({ create: 5000, deactivate: 10 }), undefined);
});

test("a kind that the console does not know is shown last", () => {
	assert.deepEqual(kindsOf({ novel: 1, update: 1 }).map((one) => one.action), ["update", "novel"]);
});

test("values that come and go of one attribute are one row", () => {
	const changes = [{ attribute: "mail", old: "a" }, { attribute: "title", new: "x" }, { attribute: "mail", new: "b" }];
	assert.deepEqual(diffOf(changes), [
		{ name: "mail", here: ["a"], source: ["b"] },
		{ name: "title", here: [], source: ["x"] },
	]);
});

test("a story has each event once, the newest first, none from before", () => {
	const event = (id: string, time: string) => ({ id, time, action: "user.updated", actor: { type: "user" }, changes: [{ path: "title", old: null, new: ["x"] }, { path: "LINK_DIGEST", old: "", new: "" }] });
	const rows = merged([[event("1", "2026-02"), event("0", "2025-01")], [event("2", "2026-03"), event("1", "2026-02")]], "2026-01", 9);
	assert.deepEqual(rows.map((one) => one.id), ["2", "1"]);
	assert.deepEqual(rows[0]?.changes, [{ path: "title", old: "–", new: "x" }]);
});

test("held changes are narrowed by what is set", () => {
	assert.equal(filterOf({}), "");
	assert.equal(filterOf({ state: "open", act: "delete" }), 'held_state eq "open" and held_act eq "delete"');
});
