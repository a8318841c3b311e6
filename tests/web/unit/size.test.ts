import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const built = process.env.MUSTER_BUILT ?? "";
interface Chunk {
	file: string;
	imports?: string[];
	css?: string[];
	isEntry?: boolean;
}
const manifest = JSON.parse(readFileSync(join(built, "manifest.json"), "utf8")) as Record<string, Chunk>;
const BUDGET = 30_000;

function filesOf(name: string, seen = new Set<string>()): Set<string> {
	const chunk = manifest[name];
	assert.ok(chunk, `${name} was built`);
	if (seen.has(chunk.file)) return seen;
	seen.add(chunk.file);
	for (const file of chunk.css ?? []) seen.add(file);
	for (const other of chunk.imports ?? []) filesOf(other, seen);
	return seen;
}

test("the first view is less than 30 kB of script and style", (t) => {
	const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry) ?? "";
	const files = new Set<string>();
	for (const name of [entry, "src/screens/status/status.tsx", "src/text/de/shell.ts", "src/text/de/status.ts"]) {
		for (const file of filesOf(name)) files.add(file);
	}
	const sizes = [...files].map((file) => statSync(join(built, `${file}.br`)).size);
	const sum = sizes.reduce((a, b) => a + b, 0);
	t.diagnostic(`${sum} octets in ${files.size} files`);
	assert.ok(sum < BUDGET, `${sum} octets of brotli: ${[...files].join(", ")}`);
});

test("each file is there in three codings, and the table knows it", () => {
	const table = readFileSync(join(built, "files.def"), "utf8");
	for (const { file } of Object.values(manifest)) {
		assert.ok(table.includes(`"${file}"`), file);
		for (const end of ["", ".gz", ".br"]) assert.ok(statSync(join(built, file + end)).size > 0);
	}
});
