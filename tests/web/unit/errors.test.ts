import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ApiError } from "console/api";
import { loadThemes, setLanguage } from "console/i18n";
import english from "console/text/en/errors";
import { failureText, saidOf } from "console/ui/failure";

test("every code of the server has words", () => {
	const table = readFileSync(join(process.env.MUSTER_SOURCES ?? "", "src/base/err.def"), "utf8");
	const codes = [...table.matchAll(/^ERR\((\w+),/gm)].map((row) => (row[1] ?? "").toLowerCase());
	assert.deepEqual(
		Object.keys(english).sort(),
		codes.filter((code) => code !== "ok").sort(),
	);
});

test("another language than the server's says what the code means, then what the server says", async () => {
	const error = new ApiError(422, "missing", "", "a user needs a userName", "user_name");
	(globalThis as { document?: unknown }).document = { documentElement: {} };
	await setLanguage("de");
	await loadThemes("errors");
	assert.equal(saidOf(error), "Eine Pflichtangabe fehlt: a user needs a userName");
	await setLanguage("en");
	assert.equal(failureText(error), "A user needs a userName.");
});
