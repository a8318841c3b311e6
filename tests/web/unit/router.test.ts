import assert from "node:assert/strict";
import { test } from "node:test";
import { href, match, readPlace, to } from "console/router";

test("a path below the console is a place", () => {
	const place = readPlace("/console/users/x", "?sort=name");
	assert.equal(place.path, "/users/x");
	assert.equal(place.tenant, null);
	assert.equal(place.query.get("sort"), "name");
});

test("a slash at the end and none at all are the same place", () => {
	assert.equal(readPlace("/console/users/", "").path, "/users");
	assert.equal(readPlace("/console/", "").path, "/");
	assert.equal(readPlace("/console", "").path, "/");
});

test("the company that an operator looks into is the first word", () => {
	const place = readPlace("/console/@acme%20ltd/users", "");
	assert.equal(place.tenant, "acme ltd");
	assert.equal(place.path, "/users");
});

test("a word that is badly encoded stays as it is", () => {
	assert.deepEqual(match("/users/:id", "/users/%zz"), { id: "%zz" });
	assert.equal(readPlace("/console/@%zz/", "").tenant, "%zz");
});

test("a pattern gives the words that it names", () => {
	assert.deepEqual(match("/directories/:name/runs", "/directories/h%2Fq/runs"), { name: "h/q" });
	assert.equal(match("/directories/:name", "/directories"), null);
	assert.equal(match("/directories/:name", "/directories/"), null);
	assert.equal(match("/directories/:name", "/directories/a/b"), null);
	assert.deepEqual(match("/", "/"), {});
});

test("a name in a path cannot become another path", () => {
	assert.equal(to`users/${"../roles?x=1#y"}/audit`, "users/..%2Froles%3Fx%3D1%23y/audit");
	assert.equal(href("/users", "a/b"), "/console/@a%2Fb/users");
	assert.equal(href("/users", null), "/console/users");
});
