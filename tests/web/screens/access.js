const json = { "Content-Type": "application/scim+json" };

async function makeGroup(instance, displayName, members) {
	const response = await fetch(`${instance.env.ACME_SCIM_URL}/Groups`, {
		method: "POST",
		headers: { ...json, Authorization: `Bearer ${instance.env.ACME_SCIM_TOKEN}` },
		body: JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName, members }),
	});
	if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
	return (await response.json()).id;
}

export async function prepare(world) {
	const { api, instance } = world;
	await api("POST", "apps", { app: "orders", label: "Orders" });
	await api("POST", "apps", { app: "stock", label: "Stock keeping" });
	const role = await api("POST", "roles", {
		role: "Safety Officer",
		description: "Looks after the safety of people on site, and tells of what is missing",
		level: 3,
		permissions: ["tasks.view", "assets.view", "users.view", "orders.read", "orders.update", "stock.update"],
	});
	const unheld = await api("POST", "roles", { role: "Contractor Auditor", permissions: ["audit.view"] });
	const people = [];
	for (const name of ["Ines Ibarra", "Jan Jansen", "Komang Kusuma"]) {
		const user = name.split(" ")[0].toLowerCase();
		const made = await api("POST", "users", { user, name, emails: [`${user}@acme.test`], roles: ["Safety Officer"] });
		people.push(made.id);
	}
	const scope = await api("POST", "scopes", { scope: "Bandung plant", description: "Hall 1 to 4 and the yard" });
	for (const user of people) await api("POST", `scopes/${scope.id}/members`, { user });
	const inner = await makeGroup(instance, "welders", people.map((value) => ({ value })));
	const outer = await makeGroup(instance, "production", [{ value: inner, type: "Group" }, { value: people[0] }]);
	world.access = { role: role.id, unheld: unheld.id, scope: scope.id, group: outer, person: people[0] };
}

const ready = "tbody tr[data-row]";
const at = (path) => ({ access }) => path(access);

export const rows = [
	{ name: "roles", path: "/roles", ready },
	{ name: "roles-none", path: "/roles?q=no-such-role", ready: ".empty" },
	{ name: "roles-matrix", path: "/roles/matrix", ready: ".matrix" },
	{ name: "role", path: at(({ role }) => `/roles/${role}`), ready: ".grid" },
	{ name: "role-members", path: at(({ role }) => `/roles/${role}?tab=members`), ready },
	{
		name: "role-member-add",
		path: at(({ role }) => `/roles/${role}?tab=members`),
		ready,
		act: async (page) => {
			await page.getByRole("combobox", { name: "Add a member" }).fill("jan");
			await page.waitForSelector("[role=option]");
		},
	},
	{ name: "role-new", path: "/roles/new", ready: ".grid" },
	{ name: "role-edit", path: at(({ role }) => `/roles/${role}/edit`), ready: ".grid" },
	{
		name: "role-effect",
		path: at(({ role }) => `/roles/${role}/edit`),
		ready: ".grid",
		act: async (page) => {
			await page.getByLabel("Stock keeping: Read").check();
			await page.getByLabel("See users").uncheck();
			await page.getByRole("button", { name: "Save" }).click();
			await page.waitForSelector("dialog .tags");
		},
	},
	{
		name: "role-duplicate",
		path: at(({ role }) => `/roles/${role}`),
		ready: ".grid",
		act: (page) => page.getByRole("button", { name: "Duplicate…" }).click(),
	},
	{
		name: "role-held",
		path: at(({ role }) => `/roles/${role}`),
		ready: ".grid",
		act: async (page) => {
			await page.getByRole("button", { name: "Delete…" }).click();
			await page.waitForSelector("dialog .tags");
		},
	},
	{
		name: "role-delete",
		path: at(({ unheld }) => `/roles/${unheld}`),
		ready: ".granted-list",
		act: async (page) => {
			await page.getByRole("button", { name: "Delete…" }).click();
			await page.getByLabel("To go on, type: Contractor Auditor").fill("Contractor");
		},
	},
	{ name: "permissions", path: "/permissions", ready: "tbody tr" },
	{ name: "scopes", path: "/scopes", ready },
	{ name: "scope", path: at(({ scope }) => `/scopes/${scope}`), ready },
	{
		name: "scope-edit",
		path: at(({ scope }) => `/scopes/${scope}`),
		ready,
		act: async (page) => {
			await page.getByRole("button", { name: "Edit" }).click();
			await page.waitForSelector("dialog [name=scope]");
		},
	},
	{
		name: "scope-delete",
		path: at(({ scope }) => `/scopes/${scope}`),
		ready,
		act: async (page) => {
			await page.getByRole("button", { name: "Delete…" }).click();
			await page.waitForSelector("dialog .tags");
		},
	},
	{ name: "groups", path: "/groups", ready },
	{
		name: "group",
		path: at(({ group }) => `/groups/${group}`),
		ready,
		act: async (page) => {
			await page.getByRole("button", { name: "Look into welders" }).click();
			await page.waitForSelector(".nested p");
		},
	},
];
