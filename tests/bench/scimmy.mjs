/* scimmy-routers as a peer of the bench: people in memory, found by id and by userName without a
 * search, so that what is measured is the protocol. Prints its port and serves until its standard
 * input ends.
 *
 * Usage: node scimmy.mjs PEOPLE.jsonl TOKEN */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [file, token] = process.argv.slice(2);
const byId = new Map();
const byName = new Map();
const places = new Map(); /* of ids in `all` */
const all = [];

function keep(person) {
	const place = places.get(person.id) ?? all.length;
	places.set(person.id, place);
	all[place] = person;
	byId.set(person.id, person);
	byName.set(person.userName.toLowerCase(), person);
	return person;
}

function made(fields) {
	const now = new Date().toISOString();
	const id = randomUUID();
	return { ...fields, id, meta: { created: now, lastModified: now, version: 'W/"1"' } };
}

/* The name of a filter that is nothing but userName eq "NAME". */
function nameOf(filter) {
	const [expression, ...others] = filter;
	const [comparator, name] = expression?.userName ?? [];
	const only = others.length === 0 && Object.keys(expression).length === 1;
	return only && comparator === "eq" ? name.toLowerCase() : undefined;
}

function found(resource) {
	if (!resource.filter) return all;
	const name = nameOf(resource.filter);
	if (name === undefined) return resource.filter.match(all);
	return byName.has(name) ? [byName.get(name)] : [];
}

/* Only the page is handed over, or all people would be written for each. A page near the start is
 * cut by scimmy itself, at startIndex from what it was given. */
function page(resource) {
	const people = found(resource);
	const { startIndex = 1, count = 20 } = resource.constraints ?? {};
	if (resource.constraints) resource.constraints.totalResults = people.length;
	return people.slice(startIndex <= count ? 0 : startIndex - 1, startIndex - 1 + count);
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, {
	egress: (resource) => {
		if (!resource.id) return page(resource);
		if (!byId.has(resource.id)) throw new Error("unknown");
		return byId.get(resource.id);
	},
	ingress: (resource, fields) => {
		const plain = JSON.parse(JSON.stringify(fields));
		if (!resource.id) return keep(made(plain));
		const now = new Date().toISOString();
		const old = byId.get(resource.id);
		return keep({ ...plain, id: old.id, meta: { ...old.meta, lastModified: now } });
	},
});
SCIMMY.Config.set({ bulk: { supported: true, maxOperations: 1000 } });

for (const line of readFileSync(file, "utf8").split("\n")) if (line) keep(made(JSON.parse(line)));

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use("/scim/v2", new SCIMMYRouters({
	type: "bearer",
	handler: (request) => {
		if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("no token");
		return "bench";
	},
}));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
/* Connections wait for each other while ids are looked up. */
server.keepAliveTimeout = 60000;
process.stdin.on("end", () => process.exit(0)).resume();
