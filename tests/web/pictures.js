// The README's pictures of the console, drawn anew into contrib/pictures:
// MUSTER_BUILD=build tests/web/browser pictures.js
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import { openBrowser, openPage, settled, signIn } from "./browser.js";
import { apiOf, connect, startDirectory, startMuster, stateOf, until } from "./muster.js";
import { ldifOf, openConflict, patchOf, scimOf } from "./screens/sync.js";

const folder = join(process.env.MUSTER_TOP, "contrib/pictures");
const maps = ["technicians=role:Technician", "supervisors=role:Supervisor", "viewers=role:Viewer"];

// ISO 15948 section 5.3: length, type, data, checksum of type and data.
function chunks(png) {
	const found = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
		const end = at + 8 + png.readUInt32BE(at);
		found.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, end) });
	}
	return found;
}

function checksum(octets) {
	let crc = -1;
	for (const octet of octets) {
		crc ^= octet;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const length = Buffer.alloc(4), crc = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	crc.writeUInt32BE(checksum(body));
	return Buffer.concat([length, body, crc]);
}

// ISO 15948 section 9.2: the pixels of rows that were filtered, three octets each.
function rowsOf(pixels, width) {
	const size = width * 3;
	let above = Buffer.alloc(size);
	const rows = [];
	for (let at = 0; at < pixels.length; at += size + 1) {
		const filter = pixels[at];
		const row = Buffer.from(pixels.subarray(at + 1, at + 1 + size));
		for (let i = 0; i < size; i++) {
			const left = i < 3 ? 0 : row[i - 3], up = above[i], corner = i < 3 ? 0 : above[i - 3];
			row[i] += [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
		}
		rows.push((above = row));
	}
	return rows;
}

function paeth(left, up, corner) {
	const guess = left + up - corner;
	const [a, b, c] = [left, up, corner].map((one) => Math.abs(guess - one));
	return a <= b && a <= c ? left : b <= c ? up : corner;
}

// The 256 colours that are most, and for each other the one that is nearest.
function paletteOf(rows) {
	const counts = new Map();
	for (const row of rows) {
		for (let i = 0; i < row.length; i += 3) {
			const colour = row.readUIntBE(i, 3);
			counts.set(colour, (counts.get(colour) ?? 0) + 1);
		}
	}
	const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
	const far = (a, b) => [16, 8, 0].reduce((sum, bits) => sum + ((a >> bits & 255) - (b >> bits & 255)) ** 2, 0);
	const places = new Map(palette.map((colour, place) => [colour, place]));
	for (const colour of counts.keys()) {
		if (places.has(colour)) continue;
		places.set(colour, palette.reduce((best, one, place) => (far(one, colour) < far(palette[best], colour) ? place : best), 0));
	}
	return { palette, places };
}

// The same picture with an octet a pixel.
function packed(png) {
	const all = chunks(png);
	const head = Buffer.from(all.find((one) => one.type === "IHDR").data);
	const width = head.readUInt32BE(0);
	const rows = rowsOf(inflateSync(Buffer.concat(all.filter((one) => one.type === "IDAT").map((one) => one.data))), width);
	const { palette, places } = paletteOf(rows);
	const pixels = Buffer.alloc(rows.length * (width + 1));
	rows.forEach((row, y) => {
		for (let x = 0; x < width; x++) pixels[y * (width + 1) + 1 + x] = places.get(row.readUIntBE(x * 3, 3));
	});
	head[9] = 3; // a palette
	const colours = Buffer.from(palette.flatMap((one) => [one >> 16, one >> 8 & 255, one & 255]));
	const parts = [chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", deflateSync(pixels, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))];
	return Buffer.concat([png.subarray(0, 8), ...parts]);
}

async function company() {
	const instance = startMuster();
	const api = apiOf(instance);
	const scim = scimOf(instance);
	const corp = startDirectory(240);
	instance.muster(["user", "create", "acme", "greta.weber", "--name", "Greta Weber", "--role", "Admin", "--password-file", "-"], "of the pictures 1\n");
	connect(instance, corp, "headquarters", [...maps.flatMap((row) => ["--group-map", `app-${row}`]), "--run-limit", "first=1"]);
	await until("it is followed", () => stateOf(instance, "headquarters") === "following");
	connect(instance, corp, "plant-leipzig", ["--scope-rule", "uid=a*"]);
	await until("the other waits", () => stateOf(instance, "plant-leipzig") === "held");
	const made = await api("POST", "users", {
		user: "marta.lindner", name: "Martha Lindner", emails: ["marta.lindner@acme.test"], phones: ["+49 341 5550142"],
		title: "Shift lead", roles: ["Technician"],
	});
	await scim("PATCH", `Users/${made.id}`, patchOf("title", "Head of maintenance"));
	corp.modify(ldifOf(corp, "m.lindner", {
		mail: "marta.lindner@acme.test", cn: "Marta Lindner", givenName: "Marta", sn: "Lindner", displayName: "Marta Lindner",
		title: "Head of maintenance", employeeNumber: "20417", telephoneNumber: "+49 341 5550142",
	}));
	const conflict = await openConflict(api, (row) => row.type === "email_local" && row.subject?.id === made.id, "an address");
	return { instance, conflict };
}

test("the README's pictures", async () => {
	const { instance, conflict } = await company();
	const browser = await openBrowser();
	const page = await openPage(browser, instance, { colorScheme: "light", reducedMotion: "reduce" });
	await signIn(page, instance, "greta.weber", "of the pictures 1");
	mkdirSync(folder, { recursive: true });
	const screens = [
		["status", "/", "main h2"],
		["conflict", `/conflicts/${conflict.id}`, "main table.diff", { fullPage: true }],
		["users", "/users?q=an", "tbody tr[data-row]"],
	];
	for (const [name, path, ready, options] of screens) {
		await page.visit(path);
		await page.waitForSelector(ready);
		await settled(page);
		await page.mouse.move(0, 0); // no row is lit
		writeFileSync(join(folder, `${name}.png`), packed(await page.screenshot(options)));
	}
	await browser.close();
});
