// One company with some of everything that screens show: a directory that is followed, one that
// waits for approval, one that cannot be reached.
import { apiOf, connect, startDirectory, startMuster, stateOf, until } from "./muster.js";

const roles = ["technicians=role:Technician", "supervisors=role:Supervisor", "admins=role:Admin", "viewers=role:Viewer"];

export async function makeWorld() {
	const instance = startMuster();
	const api = apiOf(instance);
	const operator = { user: "olga", password: "of the operators 1" };
	instance.muster(
		["user", "create", "@operator", operator.user, "--name", "Olga Operator", "--role", "PegotecUser", "--password-file", "-"],
		`${operator.password}\n`,
	);
	const corp = startDirectory(60);
	const maps = roles.flatMap((row) => ["--group-map", `app-${row}`]);
	connect(instance, corp, "headquarters", [...maps, "--run-limit", "first=1"]);
	connect(instance, corp, "branch", ["--scope-rule", "uid=a*"]);
	instance.muster(
		["directory", "create", "acme", "warehouse", "--uri", "ldaps://127.0.0.1:1", "--ca-file", corp.CORP_CA_FILE,
			"--base-dn", "dc=warehouse", "--bind-dn", "cn=reader,dc=warehouse", "--secret-file", "-"],
		"wrong\n",
	);
	await until("headquarters follows", () => stateOf(instance, "headquarters") === "following");
	await until("the branch waits", () => stateOf(instance, "branch") === "held");
	await until("the warehouse fails", () => ["failed", "quarantined"].includes(stateOf(instance, "warehouse")));
	return { instance, api, corp, operator };
}
