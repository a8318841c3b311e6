import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError, errorOf, get, getTagged, send, setCsrf, urlOf, whenSessionIsLost } from "console/api";
import { place, readPlace } from "console/router";

const real = globalThis.fetch;
afterEach(() => {
	globalThis.fetch = real;
	place.value = readPlace("/console/", "");
	whenSessionIsLost(() => {});
});

// The next answer of the network; what was asked is kept.
function answer(status: number, body: string, headers: Record<string, string> = { "Content-Type": "application/json" }) {
	const asked: { url: string; init: RequestInit }[] = [];
	globalThis.fetch = async (url, init) => {
		asked.push({ url: String(url), init: init ?? {} });
		return new Response([204, 304].includes(status) ? null : body, { status, headers });
	};
	return asked;
}

test("a path is one of the API, within the company that the page is in", () => {
	assert.equal(urlOf("users", { limit: 20, sort: undefined, filter: "" }), "/api/v1/users?limit=20");
	place.value = readPlace("/console/@acme/users", "");
	assert.equal(urlOf("users"), "/api/v1/tenants/acme/users");
	assert.equal(urlOf("/scim/v2/Users"), "/scim/v2/Users");
});

test("what the API refuses is told with its attribute", async () => {
	answer(409, '{"title":"Taken","status":409,"code":"exists","detail":"the name is taken","attribute":"userName"}', {
		"Content-Type": "application/problem+json",
	});
	await assert.rejects(get("users"), (error: unknown) => {
		assert.ok(error instanceof ApiError);
		assert.deepEqual([error.status, error.code, error.attribute, error.message], [409, "exists", "userName", "the name is taken"]);
		return true;
	});
});

test("an error of SCIM and a page of a proxy are errors too", async () => {
	assert.equal(errorOf(400, { scimType: "invalidFilter", detail: "no" }).code, "invalidFilter");
	assert.equal(errorOf(502, "<html>Bad gateway</html>").code, "http_502");
	answer(502, "<html>Bad gateway</html>", { "Content-Type": "text/html" });
	await assert.rejects(get("users"), { status: 502, code: "http_502" });
});

test("a server that does not answer, and an answer that is cut off, are told apart", async () => {
	globalThis.fetch = async () => {
		throw new TypeError("fetch failed");
	};
	await assert.rejects(get("users"), { status: 0, code: "unreachable" });
	answer(200, '{"items": [');
	await assert.rejects(get("users"), { status: 0, code: "damaged" });
});

test("what is called off is no error of the server", async () => {
	const off = new AbortController();
	globalThis.fetch = async () => {
		off.abort();
		throw new DOMException("aborted", "AbortError");
	};
	await assert.rejects(get("users", {}, off.signal), { name: "AbortError" });
});

test("a lost session is told to whoever listens, but not by the question who is signed in", async () => {
	let lost = 0;
	whenSessionIsLost(() => lost++);
	answer(401, "{}");
	await assert.rejects(get("users"), { status: 401 });
	await assert.rejects(get("/api/v1/session"), { status: 401 });
	assert.equal(lost, 1);
});

test("what changes something carries the token against forgery and the version", async () => {
	setCsrf("secret");
	const asked = answer(204, "");
	assert.equal(await send("PATCH", "users/x", { name: "X" }, { ifMatch: '"7"' }), undefined);
	const headers = asked[0]?.init.headers as Record<string, string>;
	assert.equal(headers["X-CSRF-Token"], "secret");
	assert.equal(headers["If-Match"], '"7"');
	assert.equal(asked[0]?.init.body, '{"name":"X"}');
});

test("what a deletion is told stands in the query", async () => {
	const asked = answer(204, "");
	await send("DELETE", "directories/hq", { people: "keep", count: 3 });
	assert.equal(asked[0]?.url, "/api/v1/directories/hq?people=keep&count=3");
	assert.equal(asked[0]?.init.body, undefined);
});

test("the version of what is read is kept for the change", async () => {
	answer(200, '{"a":1}', { "Content-Type": "application/json", ETag: '"9"' });
	assert.deepEqual(await getTagged("users/x"), { value: { a: 1 }, tag: '"9"' });
});
