import assert from "node:assert/strict";
import { test } from "node:test";
import { topicsOf } from "console/stream";
import { nameOf } from "console/ui/form";

test("an attribute of the API is found among the names of a form", () => {
	assert.equal(nameOf("userName"), "user_name");
	assert.equal(nameOf("base-dn"), "base_dn");
	assert.equal(nameOf("emails[type eq \"work\"].value"), "emails");
	assert.equal(nameOf("name.givenName"), "name");
	assert.equal(nameOf("urn:ietf:params:scim:schemas:core:2.0:User:displayName"), "display_name");
	assert.equal(nameOf(""), "");
});

test("an event that cannot be read is about nothing", () => {
	assert.deepEqual(topicsOf('{"topics":["users",7,"roles"],"seq":3}'), ["users", "roles"]);
	assert.deepEqual(topicsOf("{"), []);
	assert.deepEqual(topicsOf('{"topics":"users"}'), []);
	assert.deepEqual(topicsOf("null"), []);
});
