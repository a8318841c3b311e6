import assert from "node:assert/strict";
import { test } from "node:test";
import { and, compare, not, or, present, quote } from "console/filter";

test("a text is quoted as JSON, whatever is in it", () => {
	assert.equal(quote('a"b\\c'), '"a\\"b\\\\c"');
	assert.equal(compare("userName", "eq", 'x" or active eq true or userName eq "'), 'userName eq "x\\" or active eq true or userName eq \\""');
	assert.equal(compare("active", "eq", true), "active eq true");
	assert.equal(compare("level", "ge", 3), "level ge 3");
});

test("parts that are absent say nothing", () => {
	assert.equal(and(), "");
	assert.equal(and(undefined, "", null, false), "");
	assert.equal(and(undefined, present("title")), "title pr");
	assert.equal(or("a pr", ""), "a pr");
	assert.equal(not(""), "");
});

test("what is joined keeps its own order of joining", () => {
	assert.equal(and("a pr", or("b pr", "c pr")), "a pr and (b pr or c pr)");
	assert.equal(or(and("a pr", "b pr"), "c pr"), "(a pr and b pr) or c pr");
	assert.equal(and("a pr", not(or("b pr", "c pr"))), "a pr and (not (b pr or c pr))");
});
