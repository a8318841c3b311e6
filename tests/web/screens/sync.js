import assert from "node:assert/strict";
import { until } from "../muster.js";

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export function scimOf(instance, token = instance.env.ACME_SCIM_TOKEN) {
	return async (method, path, body) => {
		const response = await fetch(`${instance.env.ACME_SCIM_URL}/${path}`, {
			method,
			headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		return { status: response.status, body: text ? JSON.parse(text) : undefined };
	};
}

// A person of the directory, as an LDIF of one change; what is said last counts.
export function ldifOf(corp, uid, said = {}) {
	const rows = { objectClass: "inetOrgPerson", uid, cn: uid, sn: uid, mail: `${uid}@corp.test`, ...said };
	const lines = Object.entries(rows).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
	return `dn: uid=${uid},ou=people,${corp.CORP_BASE}\nchangetype: add\n${lines.join("\n")}\n\n`;
}

export async function openConflict(api, fits, what, state = "open") {
	const found = async () => (await api("GET", `conflicts?state=${state}&limit=1000`)).items.find(fits);
	return until(`a conflict: ${what}`, found);
}

// Reads what comes of an answer, gives it, and sees that it stands.
export async function answerConflict(page, id, label, state, choose) {
	await page.visit(`/conflicts/${id}`);
	await page.waitForSelector(".answers");
	await page.getByRole("button", { name: label, exact: true }).click();
	await page.waitForSelector("dialog form");
	assert.ok((await page.textContent("dialog form p")).length > 20, "the consequence is told before");
	await choose?.();
	await page.locator("dialog button[type=submit]").click();
	await page.waitForSelector("dialog", { state: "detached" });
	await page.locator("main .badge", { hasText: state }).first().waitFor();
}

export function patchOf(path, value, op = "replace") {
	return { schemas: [PATCH], Operations: [{ op, path, value }] };
}

export async function prepare(world) {
	const { api, instance, corp } = world;
	const scim = scimOf(instance);
	const ids = [];
	for (const [name, email] of [["Wanda Wolf", "wanda@corp.test"], ["Former Fox", "fox@corp.test"], ["Olive Otter", "olive@acme.test"]]) {
		const made = await api("POST", "users", {
			user: name.split(" ")[0].toLowerCase(),
			name,
			emails: [email],
			title: "Planner",
			roles: ["Technician"],
		});
		ids.push(made.id);
	}
	await api("POST", `users/${ids[1]}/deactivate`, { reason: "left" });
	await scim("PATCH", `Users/${ids[2]}`, patchOf("displayName", "Olivia Otter"));
	await scim("PATCH", `Users/${ids[2]}`, patchOf("title", "Head of planning"));
	corp.modify(
		ldifOf(corp, "wanda.wolf", { mail: "wanda@corp.test", title: "Head of Production", employeeNumber: "4711" }) +
			ldifOf(corp, "former.fox", { mail: "fox@corp.test" }),
	);
	world.owned = await openConflict(api, (row) => row.type === "owned" && row.attribute === "displayName", "a value");
	const address = await openConflict(api, (row) => row.subject?.id === ids[0], "an address");
	world.person = address.id;
	world.former = (await openConflict(api, (row) => row.subject?.id === ids[1], "of somebody deactivated")).id;
	const title = await openConflict(api, (row) => row.type === "owned" && row.attribute === "title", "a title");
	await api("POST", `conflicts/${title.id}/settle`, { as: "keep-local", reason: "She says so herself" });
	world.settled = title.id;
	world.heldPlan = (await api("GET", "plans?state=held")).items[0].id;
	world.appliedPlan = (await api("GET", "plans?state=applied")).items[0].id;

	const token = (await api("POST", "tokens", { name: "okta", type: "scim", limit_count: 0, limit_percent: 0 })).token;
	const okta = scimOf(instance, token);
	const made = await scim("POST", "Users", {
		schemas: [USER],
		userName: "ella",
		displayName: "Ella Elm",
		emails: [{ value: "ella@acme.test", primary: true }],
	});
	await okta("PATCH", `Users/${made.body.id}`, patchOf("active", false));
	await until("a change is held", async () => (await api("GET", "held")).items.length > 0);
}

const ready = "tbody tr[data-row]";

export const rows = [
	{ name: "conflicts", path: "/conflicts", ready },
	{
		name: "conflicts-bulk",
		path: "/conflicts?kind=owned",
		ready,
		act: async (page) => {
			await page.getByLabel("Select all rows of this page").check();
			await page.getByRole("button", { name: "Take from the source" }).click();
		},
	},
	{ name: "conflicts-none", path: "/conflicts?kind=rollback", ready: ".empty" },
	{ name: "conflicts-all-done", path: "/conflicts?state=closed", ready: ".empty" },
	{
		name: "conflict-value",
		path: ({ owned }) => `/conflicts/${owned.id}`,
		ready: ".value-choice",
		act: (page) => page.getByLabel("Olivia Otter").check(),
	},
	{ name: "conflict-person", path: ({ person }) => `/conflicts/${person}`, ready: ".answers" },
	{
		name: "conflict-link",
		path: ({ former }) => `/conflicts/${former}`,
		ready: ".answers",
		act: (page) => page.getByRole("button", { name: "Same person: link" }).click(),
	},
	{ name: "conflict-settled", path: ({ settled }) => `/conflicts/${settled}`, ready: ".history" },
	{ name: "plans", path: "/plans", ready },
	{
		name: "plan-held",
		path: ({ heldPlan }) => `/plans/${heldPlan}`,
		ready,
		act: (page) => page.locator(".fold summary").first().click(),
	},
	{
		name: "plan-approve",
		path: ({ heldPlan }) => `/plans/${heldPlan}`,
		ready,
		act: (page) => page.getByRole("button", { name: "Approve once…" }).click(),
	},
	{ name: "plan-applied", path: ({ appliedPlan }) => `/plans/${appliedPlan}`, ready: ".kinds" },
	{ name: "held", path: "/held", ready },
];
