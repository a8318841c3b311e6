// A real musterd of one's own (contrib/sandbox), a real slapd (tests/fixtures/openldap.sh), and the
// command line. What was started ends with the process that started it.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const top = process.env.MUSTER_TOP;
const build = process.env.MUSTER_BUILD;
const folder = mkdtempSync(join(tmpdir(), "muster-web-"));
const stops = [];

process.on("exit", () => {
	for (const stop of stops.reverse()) {
		try {
			stop();
		} catch (error) {
			console.error(String(error));
		}
	}
	rmSync(folder, { recursive: true, force: true });
});

// Assignments as a shell prints them: NAME=VALUE, quoted where it must be.
function assignments(text) {
	const found = {};
	for (const line of text.split("\n")) {
		const [, name, value] = /^([A-Z_0-9]+)=(.*)$/.exec(line) ?? [];
		if (name) found[name] = value.replace(/\\(.)/g, "$1").replace(/^\$?'(.*)'$/, "$1");
	}
	return found;
}

function run(program, args, options = {}) {
	return execFileSync(program, args, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], timeout: 180_000, ...options });
}

// Of the company acme: `env` says how it is reached, as contrib/sandbox prints it. `around` is what
// the daemon finds in its environment besides.
export function startMuster(name = "muster", options = [], around = {}) {
	const sandbox = join(top, "contrib/sandbox");
	const dir = join(folder, name);
	const start = (...more) => run(sandbox, ["start", dir, ...more], { env: { ...process.env, ...around } });
	const stop = () => run(sandbox, ["stop", dir]);
	const env = assignments(start(...options));
	stops.push(stop);
	// The command line; `input` is what it reads.
	function muster(words, input = "") {
		return run(join(build, "muster"), ["--socket", env.MUSTER_SOCKET, ...words], { input });
	}
	return { env, muster, start, stop, url: env.HTTP_URL, console: (path = "/") => `${env.HTTP_URL}/console${path}` };
}

// A machine's clock that a test sets, in seconds from now: `around` of startMuster has a daemon that
// follows it. What it measures by the monotonic clock goes on as before.
export function makeClock(name = "clock") {
	const file = join(folder, name);
	const found = readdirSync("/usr/lib").map((one) => `/usr/lib/${one}/faketime/libfaketimeMT.so.1`).find(existsSync);
	if (!found) throw new Error("no libfaketime here");
	const set = (seconds) => {
		writeFileSync(`${file}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
		renameSync(`${file}.new`, file);
	};
	set(0);
	const around = { LD_PRELOAD: found, FAKETIME_NO_CACHE: "1", FAKETIME_TIMESTAMP_FILE: file, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
	return { set, around };
}

// Asks the API as the sandbox's token of acme, which may do all; throws what it refuses.
export function apiOf(instance, token = instance.env.ACME_API_TOKEN) {
	return async (method, path, body) => {
		const response = await fetch(`${instance.env.API_URL}/${path}`, {
			method,
			headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : undefined;
	};
}

// A corporate directory with made-up people.
export function startDirectory(people = 60, name = "corp") {
	const script = join(top, "tests/fixtures/openldap.sh");
	const dir = join(folder, name);
	const corp = assignments(run(script, ["start", dir], { env: { ...process.env, PEOPLE: String(people) } }));
	stops.push(() => run(script, ["stop", dir]));
	return {
		...corp,
		modify: (ldif) =>
			run("ldapmodify", ["-x", "-H", corp.CORP_URI, "-D", corp.CORP_ADMIN_DN, "-w", corp.CORP_ADMIN_PASSWORD], {
				input: ldif,
			}),
		// Those whom the filter finds are not shown any more; what is returned shows them again.
		hide: (filter) => {
			const change = (how) =>
				run("ldapmodify", ["-x", "-H", corp.CORP_URI, "-D", "cn=admin,cn=config", "-w", corp.CORP_ADMIN_PASSWORD], {
					input: `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n${how}\n`,
				});
			change(`add: olcAccess\nolcAccess: {0}to filter=${filter} by * none`);
			return () => change("delete: olcAccess\nolcAccess: {0}");
		},
		stop: () => run(script, ["stop", dir]),
		backup: () => run(script, ["backup", dir]),
		restore: () => run(script, ["restore", dir]),
		start: () => run(script, ["start", dir]),
	};
}

// The words of `muster directory create` for it, and the bind password as input.
export function connect(instance, corp, name, options = []) {
	const uri = corp.CORP_TLS_URI.replace("localhost", "127.0.0.1");
	instance.muster(
		[
			"directory", "create", "acme", name, "--uri", uri, "--ca-file", corp.CORP_CA_FILE,
			"--base-dn", corp.CORP_BASE, "--bind-dn", corp.CORP_SYNC_DN, "--secret-file", "-",
			...options,
		],
		`${corp.CORP_SYNC_PASSWORD}\n`,
	);
}

// Asks again until it is so; says what it was at last, when it never is.
export async function until(what, asked, limit = 120_000) {
	const end = Date.now() + limit;
	let last;
	while (Date.now() < end) {
		last = await asked();
		if (last) return last;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`after ${limit / 1000} s still not: ${what}`);
}

export function stateOf(instance, directory) {
	return /^state +(\S+)/m.exec(instance.muster(["directory", "status", "acme", directory]))?.[1];
}

export { execFile, folder };
