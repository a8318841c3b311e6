import assert from "node:assert/strict";
import { test } from "node:test";
import { effectKey, grouped, isOwn, type Policy, themeOf, withWord, wordsOf } from "console/screens/settings/policy-values";

function policy(name: string, more: Partial<Policy> = {}): Policy {
	return { policy: name, value: "1", preset: "1", type: "number", words: "", owner: "tenant", label: name, ...more };
}

const some = [
	policy("session.idle", { label: "Rest", value: "2" }),
	policy("scope.empty_means", { type: "choice", words: "all none", value: "all", preset: "all", label: "What is seen" }),
	policy("some.day", { label: "New" }),
];

test("policies stand in their groups, those of no known group at the end", () => {
	const groups = grouped(some, {}, (one) => one.label);
	assert.deepEqual(groups.map((group) => group.theme), ["access", "signin", "other"]);
	assert.equal(themeOf(policy("labels.users")), "labels");
});

test("policies are found by each word of name, label or meaning, and by being the company's own", () => {
	const names = (asked: object) => grouped(some, asked, (one) => `${one.label} translated`).flatMap((group) => group.policies.map((one) => one.policy));
	assert.deepEqual(names({ q: "SEEN trans" }), ["scope.empty_means"]);
	assert.deepEqual(names({ q: "empty idle" }), []);
	assert.deepEqual(names({ set: "own" }), ["session.idle"]);
	assert.ok(isOwn(some[0] as Policy));
});

test("words are put into a value and taken out in the order of the API", () => {
	const one = policy("x.y", { type: "words", words: "people groups" });
	assert.deepEqual(wordsOf(one), ["people", "groups"]);
	assert.equal(withWord(one, "groups", "people", true), "people groups");
	assert.equal(withWord(one, "people groups", "groups", false), "people");
	assert.equal(withWord(one, "people", "people", false), "");
});

test("an effect on nobody is told as that, another by policy and value", () => {
	const effect = { policy: "scope.empty_means", value: "none", applied: false, count: 3, sentence: "", people: [] };
	assert.equal(effectKey(effect), "scope_empty_means_none");
	assert.equal(effectKey({ ...effect, count: 0 }), "none");
	assert.equal(effectKey({ ...effect, policy: "admins.min_warn", value: "3" }), "admins_min_warn");
});
