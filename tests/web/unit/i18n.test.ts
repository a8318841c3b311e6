import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, fill, language, languageOf, languages, loadThemes, relative, setLanguage, t } from "console/i18n";
import { type Text, type Theme, themes } from "console/text/themes";

const names = Object.keys(themes) as Theme[];
async function catalogue(theme: Theme, of: (typeof languages)[number]): Promise<Record<string, Text>> {
	return (await themes[theme][of]()).default;
}
const forms = (text: Text) => (typeof text === "string" ? [text] : [text.one, text.other]);
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

for (const theme of names) {
	test(`the texts of ${theme} say the same in every language`, async () => {
		const english = await catalogue(theme, "en");
		for (const of of languages) {
			const texts = await catalogue(theme, of);
			assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort(), of);
			for (const [key, text] of Object.entries(texts)) {
				for (const form of forms(text)) {
					assert.notEqual(form.trim(), "", `${of} ${theme}.${key}`);
					const wanted = holes(forms(english[key] as Text).at(-1) ?? "");
					const got = holes(form);
					// "one user" may say its number in words.
					const less = typeof text !== "string" && form === text.one ? wanted.filter((hole) => hole !== "n" || got.includes("n")) : wanted;
					assert.deepEqual(got, less, `${of} ${theme}.${key}`);
				}
			}
		}
	});
}

test("a number of things has its form", () => {
	const text = { one: "{n} user", other: "{n} users" };
	assert.equal(fill(text, { n: 1 }, "en"), "1 user");
	assert.equal(fill(text, { n: 1234 }, "en"), "1,234 users");
	assert.equal(fill(text, { n: 1234 }, "de"), "1.234 users");
	assert.equal(fill(text, { n: 0 }, "en"), "0 users");
});

test("what is put into a text is not read again", () => {
	assert.equal(fill("{a} and {b}", { a: "{b}", b: "x" }, "en"), "{b} and x");
	assert.equal(fill("{a} and {c}", { a: "$&" }, "en"), "$& and {c}");
});

test("the language is the first that we speak, else English", () => {
	assert.equal(languageOf(null, undefined, "fr", "de-AT", "es"), "de");
	assert.equal(languageOf("ID"), "id");
	assert.equal(languageOf("xx"), "en");
});

test("a change of language changes the words that are loaded", async () => {
	(globalThis as { document?: unknown }).document = { documentElement: {} };
	await loadThemes("shell");
	assert.equal(t("shell.sign_in"), "Sign in");
	await setLanguage("de");
	assert.equal(t("shell.sign_in"), "Anmelden");
	await setLanguage("en");
});

test("times away and lengths are told in the unit that fits", () => {
	language.value = "en";
	const now = Date.parse("2026-03-01T12:00:00Z");
	assert.equal(relative("2026-03-01T11:58:00Z", now), "2 minutes ago");
	assert.equal(relative("2026-03-03T13:00:00Z", now), "in 2 days");
	assert.equal(duration(900), "900 ms");
	assert.equal(duration(1500), "1.5 sec");
	assert.equal(duration(200_000_000), "2 days");
});
