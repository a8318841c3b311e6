import assert from "node:assert/strict";
import { test } from "node:test";
import { isWell, stateOf, troubled } from "console/screens/operator/company";
import { type Bundle, wholeOf } from "console/screens/operator/subject";

const overview = { tenant: "acme", version: "1", time: "2026-01-01T00:00:00Z" };
const directory = (name: string, state: string) => ({ name, state, waits_for: "" });

test("a company that is being erased is no longer only suspended", () => {
	assert.equal(stateOf({ active: true, erasing: false }), "active");
	assert.equal(stateOf({ active: false, erasing: false }), "suspended");
	assert.equal(stateOf({ active: false, erasing: true }), "erasing");
});

test("directories in trouble are told, the worst first, and none that follows", () => {
	const directories = [directory("c", "held"), directory("b", "following"), directory("a", "quarantined"), directory("d", "failed")];
	assert.deepEqual(troubled({ ...overview, directories }).map((one) => one.name), ["a", "d", "c"]);
});

test("a company is well when nothing is in trouble and nothing waits", () => {
	assert.ok(isWell({ ...overview, directories: [directory("a", "following")], conflicts: { open: 0, types: [] }, held: 0 }));
	assert.ok(!isWell({ ...overview, conflicts: { open: 1, types: [] } }));
	assert.ok(!isWell({ ...overview, directories: [directory("a", "failed")] }));
});

test("what is known of a person is asked for until there is no more", async () => {
	const asked: (number | undefined)[] = [];
	const part = (audit: unknown[], after: number | null): Bundle => ({ tenant: "acme", subject: {}, memberships: [1], audit, activity: [2], after });
	const parts = [part(["a", "b"], 7), part(["c"], 9), part(["d"], null)];
	const whole = await wholeOf(async (after) => {
		asked.push(after);
		const next = parts.shift();
		assert.ok(next);
		return next;
	});
	assert.deepEqual(asked, [undefined, 7, 9]);
	assert.deepEqual(whole, { tenant: "acme", subject: {}, memberships: [1], audit: ["a", "b", "c", "d"], activity: [2] });
});
