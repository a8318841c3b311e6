// Compares the PATCH of a running server with that of scim-patch (npm) on generated people and
// operations, and keeps what both agree on as data.
//
//   npm install scim-patch; node patch-oracle.mjs BASE TOKEN [SEED] [COUNT] >patched.json
//
// Standard error holds the seed and each difference: the operations, ours, theirs. They are to be
// decided by RFC 7644 section 3.5.2; those decided against scim-patch are in DECIDED below.
import { scimPatch } from "scim-patch";

const [base, token, seedText = "1", countText = "300"] = process.argv.slice(2);
const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
console.error(`seed ${seedText}, ${countText} rounds`);

// Where ours differs, and why ours is right.
const DECIDED = [
	[op => /\.primary$/.test(op.path ?? "") || /"primary":true/.test(JSON.stringify(op.value ?? "")),
		"3.5.2: a new primary value unmakes the others; scim-patch keeps two"],
	[op => op.op === "replace" && /\[.*\]$/.test(op.path ?? ""),
		"3.5.2.3: a value that a filter chooses is replaced; what it keeps of the old one is ours to say"],
	[op => op.op === "add" && /\[.*\]/.test(op.path ?? ""),
		"Entra: an add by a filter without a match makes the value that the filter describes"],
	[op => op.op === "remove" && /\[.*\]\.value$/.test(op.path ?? ""),
		"a value of emails without its \"value\" means nothing and goes as a whole"],
	[op => op.op === "add" && /^(emails|phoneNumbers)$/.test(op.path ?? ""),
		"3.5.2.1: an added value that is there already is merged, not doubled"],
	[op => !op.path && "name" in op.value,
		"3.5.2.1: parts of a complex attribute that are not named stay; scim-patch drops them without a path"],
	[op => op.op === "remove" && /\[.*\]$/.test(op.path ?? ""),
		"3.12, table 9: a filter that yields no match is noTarget, also of a remove"],
	[op => op.op === "replace" && /\[.*\]\.value$/.test(op.path ?? ""),
		"RFC 7643 2.4: two values that became the same value and type are one"],
	[op => op.op === "replace" && /^(emails|phoneNumbers)$/.test(op.path ?? "") && !Array.isArray(op.value),
		"one value stands for a list of one"],
];

let state = Number(seedText) >>> 0 || 1;
const next = limit => {
	state ^= state << 13; state >>>= 0;
	state ^= state >>> 17;
	state ^= state << 5; state >>>= 0;
	return state % limit;
};
const pick = list => list[next(list.length)];
const maybe = (name, value) => next(2) ? { [name]: value() } : {};
const word = () => pick(["alpha", "Beta", "gamma 7", "δelta"]);
const types = ["work", "home", "other"];

const email = i => ({ value: `${pick(["a", "b", "c", "d"])}${i}@example.com`, type: pick(types) });
const phone = i => ({ value: `+49 40 ${100 + i}`, type: pick(["work", "mobile"]) });
const address = i => ({ type: types[i], locality: word(), ...maybe("postalCode", () => String(20000 + next(9))) });

function person(n) {
	const list = make => Array.from({ length: next(3) }, (_, i) => make(i));
	const emails = list(email), phones = list(phone), addresses = list(address);
	if (emails.length) emails[0].primary = true;
	return {
		schemas: [USER, ENTERPRISE], userName: `oracle-${seedText}-${n}`,
		...maybe("title", word), ...maybe("nickName", word), ...maybe("displayName", word),
		...maybe("name", () => ({ givenName: word(), ...maybe("familyName", word) })),
		...(emails.length ? { emails } : {}), ...(phones.length ? { phoneNumbers: phones } : {}),
		...(addresses.length ? { addresses } : {}),
		...maybe(ENTERPRISE, () => ({ department: word(), ...maybe("costCenter", word) })),
	};
}

function operation() {
	const op = pick(["add", "replace", "remove"]);
	const type = pick(types);
	const row = pick([
		["title", word], ["nickName", word], ["name.givenName", word], ["name.familyName", word],
		["name", () => ({ givenName: word(), ...maybe("familyName", word) })],
		["emails", () => [email(5)]], ["phoneNumbers", () => [phone(7)]],
		[`emails[type eq "${type}"].value`, () => `new${next(9)}@example.com`],
		[`emails[type eq "${type}"].display`, word],
		[`emails[type eq "${type}"]`, () => email(8)],
		[`addresses[type eq "${type}"].locality`, word],
		[`phoneNumbers[type eq "mobile"]`, () => phone(9)],
		[`emails[type eq "${type}" and primary eq true].type`, () => pick(types)],
		[`${ENTERPRISE}:department`, word],
		[undefined, () => ({ title: word(), nickName: word() })],
		[undefined, () => ({ name: { givenName: word() } })],
	]);
	if (op === "remove") return row[0] ? { op, path: row[0] } : { op, path: "title" };
	return { op, ...(row[0] ? { path: row[0] } : {}), value: row[1]() };
}

async function ask(method, path, body) {
	const answer = await fetch(base + path, {
		method, body: body && JSON.stringify(body),
		headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
	});
	const text = await answer.text();
	return { status: answer.status, body: text ? JSON.parse(text) : null };
}

// What is compared: neither what the server gives nor the order of values, nor empty things.
function bare(value, key) {
	if (Array.isArray(value)) {
		const items = value.map(v => bare(v)).filter(v => v !== undefined).map(v => JSON.stringify(v)).sort();
		return items.length ? items.map(v => JSON.parse(v)) : undefined;
	}
	if (value && typeof value === "object") {
		const names = Object.keys(value).sort()
			.filter(k => key !== "" || !["id", "meta", "schemas", "active", "userName", "groups", "roles"].includes(k));
		const kept = names.map(k => [k, bare(value[k], k)]).filter(([, v]) => v !== undefined);
		return kept.length ? Object.fromEntries(kept) : undefined;
	}
	return value === null || value === "" || value === false ? undefined : value;
}

function theirs(document, operations) {
	try {
		const patched = scimPatch(structuredClone(document), structuredClone(operations), { mutateDocument: true });
		return { status: 200, body: bare(patched, "") ?? {} };
	} catch {
		return { status: 400 };
	}
}

async function ours(document, operations) {
	const made = await ask("POST", "/Users", document);
	if (made.status !== 201) throw new Error(JSON.stringify(made));
	const path = `/Users/${made.body.id}`;
	const done = await ask("PATCH", path, { schemas: [PATCH_OP], Operations: operations });
	const shown = await ask("GET", path);
	await ask("DELETE", path);
	return done.status < 300 ? { status: 200, body: bare(shown.body, "") ?? {} } : { status: done.status };
}

const agreed = [];
let decided = 0, open = 0;
for (let n = 0; n < Number(countText); n++) {
	const document = person(n);
	const operations = Array.from({ length: 1 + next(3) }, operation);
	const mine = await ours(document, operations), other = theirs(document, operations);
	if (JSON.stringify(mine) === JSON.stringify(other)) {
		agreed.push({ document, operations, ...mine });
	} else if (operations.some(op => DECIDED.some(([fits]) => fits(op)))) {
		decided++;
	} else {
		open++;
		console.error(JSON.stringify({ document, operations, mine, other }));
	}
}
console.error(`${agreed.length} agreed, ${decided} decided by the RFC, ${open} open`);
console.log(`[\n${agreed.map(c => JSON.stringify(c)).join(",\n")}\n]`);
process.exit(open ? 1 : 0);
