// What Node.js does through its LDAP libraries: node directory.cjs URI CA [starttls]
// One line of TAP for each thing that is tried. With StartTLS only ldapts, as the others have none.

"use strict";
const fs = require("fs");
const path = require("path");
const load = require("module").createRequire(path.join(process.cwd(), "package.json"));

const [url, caFile, startTls] = process.argv.slice(2);
const base = "o=acme,dc=idp,dc=test";
const people = `ou=people,${base}`;
const groups = `ou=groups,${base}`;
const alice = `uid=alice,${people}`;
const service = `cn=svc,ou=services,${base}`;
const servicePassword = "svcpw-acme";
const tlsOptions = { ca: [fs.readFileSync(caFile)], servername: "localhost" };

async function say(what, attempt) {
	let holds = false;
	let why = "";
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error("no answer within 60 s")), 60000);
	});
	try {
		holds = await Promise.race([attempt(), late]);
	} catch (e) {
		why = ` # ${e.message || e}`.replace(/\n/g, " ");
	}
	clearTimeout(timer);
	console.log(`${holds ? "ok" : "not ok"} - ${what}${why}`);
}

async function fails(attempt, pattern) {
	try {
		await attempt();
	} catch (e) {
		const told = `${e.name} ${e.lde_message || ""} ${e.message || e}`;
		if (!pattern.test(told)) {
			throw new Error(`refused with ${told}`);
		}
		return true;
	}
	return false;
}

const promised = (call) => new Promise((resolve, reject) =>
	call((error, value) => error ? reject(error) : resolve(value)));
const credentials = /invalid ?credentials|Code: 0x31/i;

async function ldapts() {
	const { Client } = load("ldapts");
	const as = async (dn, password, work) => {
		const client = new Client({ url, tlsOptions: startTls ? undefined : tlsOptions,
			timeout: 60000, connectTimeout: 60000 });
		try {
			if (startTls) {
				await client.startTLS(tlsOptions);
			}
			await client.bind(dn, password);
			return await work(client);
		} finally {
			await client.unbind();
		}
	};
	const search = (where, options) => as(service, servicePassword,
		async (client) => (await client.search(where, options)).searchEntries);

	await say("ldapts: a person binds", () => as(alice, "pw-alice", async () => true));
	await say("ldapts: a wrong password is refused", () =>
		fails(() => as(`uid=bob,${people}`, "wrong", async () => true), credentials));
	await say("ldapts: who is inactive is refused", () =>
		fails(() => as(`uid=disabled,${people}`, "pw-disabled", async () => true), credentials));
	await say("ldapts: a person is found", async () => {
		const found = await search(people, { filter: "(&(objectClass=inetOrgPerson)(uid=alice))",
			attributes: ["uid", "mail"] });
		return found.length === 1 && found[0].mail === "alice@acme.test";
	});
	await say("ldapts: pages equal one answer", async () => {
		const names = async (more) => (await search(people, { filter: "(uid=*)", ...more }))
			.map((entry) => entry.dn);
		const whole = await names({});
		return whole.length > 3 && `${whole}` === `${await names({ paged: { pageSize: 2 } })}`;
	});
	await say("ldapts: compare tells true from false", () => as(service, servicePassword,
		async (client) => await client.compare(alice, "uid", "alice")
			&& !await client.compare(alice, "uid", "bob")));
	await say("ldapts: who one is", () => as(alice, "pw-alice", async (client) =>
		/alice/.test((await client.exop("1.3.6.1.4.1.4203.1.11.3")).value)));
	await say("ldapts: operational attributes", async () => {
		const [one] = await search(alice, { scope: "base",
			attributes: ["entryUUID", "createTimestamp", "memberOf"] });
		return /^[0-9a-f-]{36}$/.test(one.entryUUID) && /^\d{14}/.test(one.createTimestamp)
			&& [].concat(one.memberOf).includes(`cn=staff,${groups}`);
	});
	await say("ldapts: a size limit is kept", async () =>
		(await search(people, { filter: "(uid=*)", sizeLimit: 1 })).length === 1);
	await say("ldapts: fifty searches at once on one connection", () => as(service, servicePassword,
		async (client) => (await Promise.all(Array.from({ length: 50 }, () =>
			client.search(alice, { scope: "base" })))).every((x) => x.searchEntries.length === 1)));
}

async function ldapjs() {
	const lib = load("ldapjs");
	const as = (dn, password, work) => new Promise((resolve, reject) => {
		const client = lib.createClient({ url: [url], tlsOptions, timeout: 60000,
			connectTimeout: 60000 });
		const end = (error, value) => {
			client.unbind(() => {});
			error ? reject(error) : resolve(value);
		};
		client.on("error", reject);
		client.on("connectError", reject);
		client.bind(dn, password, (error) => error ? end(error) : work(client, end));
	});
	const search = (where, options) => as(service, servicePassword, (client, end) =>
		client.search(where, options, (error, answer) => {
			const found = [];
			if (error) {
				return end(error);
			}
			answer.on("searchEntry", (entry) => found.push(entry));
			answer.on("error", end);
			answer.on("end", () => end(null, found));
		}));

	await say("ldapjs: a person binds", () => as(alice, "pw-alice", (_, end) => end(null, true)));
	await say("ldapjs: a wrong password is refused", () => fails(
		() => as(`uid=bob,${people}`, "wrong", (_, end) => end(null, true)), credentials));
	await say("ldapjs: a person is found", async () => (await search(people,
		{ filter: "(&(|(uid=alice)(uid=zz*))(!(uid=carol)))", scope: "sub" })).length === 1);
	await say("ldapjs: pages equal one answer", async () => {
		const names = async (more) => (await search(people,
			{ filter: "(uid=*)", scope: "sub", ...more })).map((entry) => entry.dn.toString());
		const whole = await names({});
		return whole.length > 3 && `${whole}` === `${await names({ paged: { pageSize: 2 } })}`;
	});
	await say("ldapjs: the root entry says what is offered", async () => (await search("",
		{ filter: "(objectClass=*)", scope: "base" })).length === 1);
}

async function authenticators() {
	const ActiveDirectory = load("activedirectory2");
	const active = new ActiveDirectory({ url, baseDN: base, username: service,
		password: servicePassword, tlsOptions,
		attributes: { user: ["dn", "uid", "mail", "sAMAccountName"], group: ["dn", "cn"] } });
	await say("activedirectory2: a person signs in", () =>
		promised((done) => active.authenticate(alice, "pw-alice", done)));
	await say("activedirectory2: a wrong password is refused", () => fails(() =>
		promised((done) => active.authenticate(`uid=bob,${people}`, "wrong", done)), credentials));
	await say("activedirectory2: a person is found", async () => {
		const found = await promised((done) => active.find(
			{ filter: "(uid=alice)", includeMembership: [] }, done));
		return found.users.length + found.other.length === 1;
	});

	const LdapAuth = load("ldapauth-fork");
	const server = { url, bindDN: service, bindCredentials: servicePassword, searchBase: people,
		searchFilter: "(uid={{username}})", groupSearchBase: groups,
		groupSearchFilter: "(member={{dn}})", groupSearchAttributes: ["cn"], tlsOptions };
	const fork = async (user, password) => {
		const client = new LdapAuth({ ...server, reconnect: false });
		client.on("error", () => {});
		try {
			return await promised((done) => client.authenticate(user, password, done));
		} finally {
			client.close(() => {});
		}
	};
	await say("ldapauth-fork: a person signs in, with the groups", async () =>
		(await fork("alice", "pw-alice"))._groups.some((group) => group.cn === "staff"));
	for (const [what, user, password] of [["a wrong password", "bob", "wrong"],
		["an empty password", "bob", ""], ["who is inactive", "disabled", "pw-disabled"],
		["a name that is a filter", "alice)(uid=*", "pw-alice"]]) {
		await say(`ldapauth-fork: ${what} is refused`, () =>
			fails(() => fork(user, password), /credentials|no such user|no password/i));
	}

	const { Passport } = load("passport");
	const passport = new Passport();
	passport.use(new (load("passport-ldapauth"))({ server }));
	const enter = (username, password) => new Promise((resolve, reject) =>
		passport.authenticate("ldapauth", { session: false }, (error, user) =>
			error ? reject(error) : resolve(Boolean(user)))(
			{ body: { username, password }, query: {}, headers: {} }, {}, reject));
	await say("passport-ldapauth: a person signs in", () => enter("alice", "pw-alice"));
	await say("passport-ldapauth: a wrong password is refused", async () =>
		!await enter("bob", "wrong"));

	const { authenticate } = load("ldap-authentication");
	const simple = (username, userPassword) => authenticate({ ldapOpts: { url, tlsOptions },
		adminDn: service, adminPassword: servicePassword, userSearchBase: people,
		usernameAttribute: "uid", username, userPassword, groupsSearchBase: groups,
		groupClass: "groupOfNames", groupMemberAttribute: "member" });
	await say("ldap-authentication: a person signs in, with the groups", async () =>
		(await simple("alice", "pw-alice")).groups.length >= 1);
	await say("ldap-authentication: a wrong password is refused", () =>
		fails(() => simple("bob", "wrong"), credentials));
}

(async () => {
	await ldapts();
	if (!startTls) {
		await ldapjs();
		await authenticators();
	}
	process.exit(0);
})();
