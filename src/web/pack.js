// pack.js FROM TO: each file of a build also as .gz and .br, and files.def, the table that the
// program is compiled with. What the build tells of itself (manifest.json) stays out of the table.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [from, to] = process.argv.slice(2);
const types = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".json": "application/json",
};

function* filesBelow(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* filesBelow(path);
		else yield path;
	}
}

function pack(path, name, number) {
	const content = readFileSync(path);
	const type = types[extname(name)];
	if (!type) throw new Error(`${name}: of what media type is this?`);
	const target = join(to, name);
	mkdirSync(dirname(target), { recursive: true });
	writeFileSync(target, content);
	writeFileSync(`${target}.gz`, gzipSync(content, { level: 9 }));
	writeFileSync(
		`${target}.br`,
		brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
	);
	const digest = createHash("sha256").update(content).digest("hex").slice(0, 20);
	return `FILE(${number}, "${name}", "${type}", "${digest}", ${name.startsWith("assets/")})\n`;
}

mkdirSync(to, { recursive: true });
const rows = [];
for (const path of filesBelow(from)) {
	const name = relative(from, path);
	if (name === "manifest.json") writeFileSync(join(to, name), readFileSync(path));
	else rows.push(pack(path, name, rows.length));
}
writeFileSync(join(to, "files.def"), rows.join(""));
