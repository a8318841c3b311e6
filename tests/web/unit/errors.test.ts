import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ApiError } from "console/api";
import { loadThemes, setLanguage } from "console/i18n";
import english from "console/text/en/errors";
import reasons from "console/text/en/reasons";
import { themes } from "console/text/themes";
import { failureText, reasonOf, saidOf } from "console/ui/failure";

test("every code of the server has words", () => {
	const table = readFileSync(join(process.env.MUSTER_SOURCES ?? "", "src/base/err.def"), "utf8");
	const codes = [...table.matchAll(/^ERR\((\w+),/gm)].map((row) => (row[1] ?? "").toLowerCase());
	assert.deepEqual(
		Object.keys(english).sort(),
		codes.filter((code) => code !== "ok").sort(),
	);
});

test("every reason of the server is said as it says it", () => {
	const table = readFileSync(join(process.env.MUSTER_SOURCES ?? "", "schema/because.def"), "utf8");
	const rows = [...table.matchAll(/^BECAUSE\(\w+,\s*"([\w-]+)",\s*"(.*)"\)$/gm)];
	assert.ok(rows.length > 0);
	assert.deepEqual(reasons, Object.fromEntries(rows.map(([, code, text]) => [code?.replaceAll("-", "_"), JSON.parse(`"${text}"`)])));
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

test("a reason is said in the reader's language, or as the server says it", async () => {
	const because = [{ code: "differs", values: {} }, { code: "first", values: { n: 1234 } }];
	const reason = "the plan differs";
	(globalThis as { document?: unknown }).document = { documentElement: {} };
	await setLanguage("de");
	await loadThemes("reasons");
	assert.match(reasonOf({ reason, because }), /^Das Verzeichnis sagt etwas anderes .*: Der erste Lauf .* 1\.234 Personen\.$/);
	assert.equal(reasonOf({ reason, because: [...because, { code: "of-tomorrow", values: {} }] }), "The plan differs.");
	assert.equal(reasonOf({ reason }), "The plan differs.");
	await setLanguage("en");
});

test("each language names the values that the server gives", async () => {
	const named = (text: unknown) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();
	for (const language of ["de", "id", "es"] as const) {
		const translated = (await themes.reasons[language]()).default as Record<string, unknown>;
		for (const [code, text] of Object.entries(reasons)) assert.deepEqual(named(translated[code]), named(text), `${language} ${code}`);
	}
});
