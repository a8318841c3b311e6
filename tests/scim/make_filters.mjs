// Makes filters.json: people, filters and whom each filter finds, for test_scim_filters.py. The text
// of a filter is read by scim2-parse-filter, somebody else's reading of RFC 7644 section 3.4.2.2;
// whom it finds is judged by the evaluator below, written from that section and RFC 7643 section 2.
//
//     npm install scim2-parse-filter
//     NODE_PATH=node_modules node make_filters.mjs SEED PEOPLE FILTERS >filters.json
import { createRequire } from "node:module";

const { parse } = createRequire(process.cwd() + "/")("scim2-parse-filter");
const [seed, people, filters] = process.argv.slice(2).map(Number);
const CORE = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// ---- dice ----

let state = seed >>> 0;
function roll(n) {
	state = (state + 0x6d2b79f5) >>> 0;
	let t = Math.imul(state ^ (state >>> 15), state | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[roll(list.length)];
const maybe = (n, value) => (roll(n) ? undefined : value());

// ---- people ----

const given = ["Ada", "Bo", "Chloé", "Dörte", "Eve", "Ödön", "al", "AL"];
const family = ["O'Hara", "Müller", "de la Cruz", "Li", "Å", "Smith", "smithson", "(x)", 'Q"uote', "back\\slash"];
const titles = ["Chief", "chief", "Tour Guide", "Guide", "and", "pr", "true", "7"];
const kinds = ["work", "home", "other", "Work"];
const domains = ["example.com", "Example.org", "x.test"];

function person(i) {
	const emails = Array.from({ length: roll(4) }, (_, n) => ({
		value: `${pick(["a", "B", "mail"])}${i}.${n}@${pick(domains)}`,
		type: maybe(1 + roll(2), () => pick(kinds)),
		primary: n === 0 && roll(2) === 0 ? true : maybe(3, () => false),
	}));
	return {
		schemas: [CORE, ENTERPRISE],
		userName: `${pick(given)}${i}`,
		externalId: maybe(2, () => `${pick(["x", "X"])}-${i}`),
		// A server may make up the names that it needs: these are always given.
		name: { familyName: pick(family), givenName: maybe(2, () => pick(given)) },
		displayName: `${pick(given)} ${pick(family)}`,
		nickName: maybe(3, () => pick(given)),
		title: maybe(2, () => pick(titles)),
		userType: maybe(2, () => pick(["Employee", "Intern", "employee"])),
		active: roll(4) !== 0,
		emails: emails.length ? emails : undefined,
		ims: maybe(4, () => [{ value: `im${i}`, type: pick(kinds) }]),
		[ENTERPRISE]: maybe(2, () => ({
			department: pick(["Tours", "tours east", "R&D"]),
			employeeNumber: maybe(2, () => `${roll(40)}`),
		})),
	};
}

// ---- what the evaluator knows of attributes ----

const text = { type: "string" };
const simple = {
	userName: text, externalId: { type: "string", exact: true }, displayName: text, nickName: text,
	title: text, userType: text, active: { type: "boolean" }, "name.familyName": text, "name.givenName": text,
	[`${ENTERPRISE}:department`]: text, [`${ENTERPRISE}:employeeNumber`]: text,
};
const lists = {
	emails: { value: text, type: text, primary: { type: "boolean" } },
	ims: { value: text, type: text },
};

function fold(value, rule) {
	if (typeof value !== "string" || rule.exact) return value;
	return value.normalize("NFKC").toLowerCase();
}

function order(a, b) {
	return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

const comparisons = {
	eq: (a, b) => a === b,
	ne: (a, b) => a !== b,
	co: (a, b) => a.includes(b),
	sw: (a, b) => a.startsWith(b),
	ew: (a, b) => a.endsWith(b),
	gt: (a, b) => order(a, b) > 0,
	ge: (a, b) => order(a, b) >= 0,
	lt: (a, b) => order(a, b) < 0,
	le: (a, b) => order(a, b) <= 0,
};

const nothing = (value) => value === undefined || value === null || value === "";

// scim2-parse-filter leaves an escaped backslash as it stands.
const unescaped = (wanted) => (typeof wanted === "string" ? wanted.replaceAll("\\\\", "\\") : wanted);

// No value is null (RFC 7643 section 2.5), which differs from every value and has no order.
function compare(op, value, wanted, rule) {
	if (op === "pr") return !nothing(value);
	if (wanted === null) return op === "eq" ? nothing(value) : !nothing(value);
	if (nothing(value)) return op === "ne";
	return comparisons[op](fold(value, rule), fold(unescaped(wanted), rule));
}

// Of several values one is enough.
function compareAny(op, values, wanted, rule) {
	const some = values.filter((value) => !nothing(value));
	if (!some.length) return compare(op, undefined, wanted, rule);
	if (wanted === null) return op !== "eq";
	return some.some((value) => compare(op, value, wanted, rule));
}

function canonical(path) {
	const lower = path.toLowerCase();
	const bare = lower.startsWith(CORE.toLowerCase() + ":") ? lower.slice(CORE.length + 1) : lower;
	const all = [...Object.keys(simple), ...Object.keys(lists)];
	for (const [list, parts] of Object.entries(lists))
		all.push(...Object.keys(parts).map((part) => `${list}.${part}`));
	const found = all.find((name) => name.toLowerCase() === bare);
	if (!found) throw new Error(path);
	return found;
}

function valueOf(someone, path) {
	if (path.startsWith(ENTERPRISE)) return someone[ENTERPRISE]?.[path.slice(ENTERPRISE.length + 1)];
	return path.split(".").reduce((at, name) => at?.[name], someone);
}

function holdsIn(node, list, value) {
	if (node.op === "and") return node.filters.every((part) => holdsIn(part, list, value));
	if (node.op === "or") return node.filters.some((part) => holdsIn(part, list, value));
	if (node.op === "not") return !holdsIn(node.filter, list, value);
	const part = Object.keys(lists[list]).find((name) => name.toLowerCase() === node.attrPath.toLowerCase());
	return compare(node.op, value[part], node.compValue, lists[list][part]);
}

function holds(node, someone) {
	if (node.op === "and") return node.filters.every((part) => holds(part, someone));
	if (node.op === "or") return node.filters.some((part) => holds(part, someone));
	if (node.op === "not") return !holds(node.filter, someone);
	const path = canonical(node.attrPath);
	if (node.op === "[]") return (someone[path] ?? []).some((value) => holdsIn(node.valFilter, path, value));
	if (simple[path]) return compare(node.op, valueOf(someone, path), node.compValue, simple[path]);
	const [list, part] = path.split(".");
	const values = someone[list] ?? [];
	if (node.op === "pr" && !part) return values.length > 0;
	return compareAny(node.op, values.map((value) => value[part ?? "value"]), node.compValue, lists[list][part ?? "value"]);
}

// ---- filters ----

const cases = [(s) => s, (s) => s.toUpperCase(), (s) => s.toLowerCase()];
const spelled = (word) => (roll(4) ? word : pick(cases)(word));

// The strings of a filter, some octets of them as escapes, which scim2-parse-filter does not decode.
function escaped(words) {
	return words.replace(/"(?:[^"\\]|\\.)*"/g, (string) =>
		roll(4) ? string : '"' + string.slice(1, -1).replace(/\\.|./gu, (c) =>
			roll(4) || c[0] === "\\" ? c : "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0")) + '"');
}

function literal(value, op) {
	if (typeof value === "string" && ["co", "sw", "ew"].includes(op)) {
		const from = op === "sw" ? 0 : roll(value.length);
		const to = op === "ew" ? value.length : from + 1 + roll(value.length - from);
		const part = value.slice(from, to);
		// a blank at an edge is a matter of its own
		value = part.trim() === part && part ? part : value;
	}
	if (typeof value === "string" && !roll(3)) value = pick(cases)(value);
	// scim2-parse-filter does not find the end of a string that ends in a backslash
	if (typeof value === "string" && value.endsWith("\\")) value += "s";
	return JSON.stringify(value);
}

const orders = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

function comparison(name, rule, value) {
	if (!roll(8)) return `${name} ${spelled("pr")}`;
	if (!roll(12)) return `${name} ${pick(["eq", "ne"])} null`;
	const op = rule.type === "boolean" ? pick(["eq", "ne"]) : pick(orders);
	return `${name} ${spelled(op)} ${literal(value ?? (rule.type === "boolean" ? roll(2) === 0 : "zz"), op)}`;
}

function listed(list, inside) {
	const part = pick(Object.keys(lists[list]));
	const values = everybody.flatMap((someone) => someone[list] ?? []);
	const name = inside ? part : pick([`${list}.${part}`, part === "value" ? list : `${list}.${part}`]);
	return comparison(spelled(name), lists[list][part], pick(values)[part]);
}

function inBrackets(list, depth) {
	if (depth === 0 || !roll(2)) return listed(list, true);
	if (!roll(4)) return `not (${inBrackets(list, depth - 1)})`;
	const parts = [inBrackets(list, depth - 1), inBrackets(list, depth - 1)].join(` ${pick(["and", "or"])} `);
	return roll(2) ? parts : `(${parts})`;
}

function leaf() {
	const list = pick(Object.keys(lists));
	if (!roll(4)) return `${spelled(list)}[${inBrackets(list, 2)}]`;
	if (!roll(3)) return listed(list, false);
	const path = pick(Object.keys(simple));
	const prefix = !path.startsWith("urn:") && !roll(10) ? CORE + ":" : "";
	const name = path.startsWith("urn:") ? path : prefix + spelled(path);
	return comparison(name, simple[path], valueOf(pick(everybody), path));
}

function filter(depth) {
	if (depth === 0 || !roll(3)) return leaf();
	if (!roll(5)) return `${spelled("not")} (${filter(depth - 1)})`;
	const parts = Array.from({ length: 2 + roll(3) }, () => filter(depth - 1));
	const joined = parts.slice(1).reduce((all, part) => `${all} ${spelled(pick(["and", "or"]))} ${part}`, parts[0]);
	return roll(3) ? joined : `(${joined})`;
}

const everybody = Array.from({ length: people }, (_, i) => person(i));
const rows = Array.from({ length: filters }, () => {
	const words = filter(3);
	const tree = parse(words);
	return [escaped(words), everybody.flatMap((someone, i) => (holds(tree, someone) ? [i] : []))];
});
const lines = (list) => list.map((row) => JSON.stringify(row)).join(",\n");
console.log(`{"seed": ${seed},\n"people": [\n${lines(everybody)}],\n"filters": [\n${lines(rows)}]}`);
