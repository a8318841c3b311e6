import { until } from "../muster.js";

async function over(api, job) {
	await until(`job ${job} is over`, async () => (await api("GET", `jobs/${job}`)).state === "done");
	return job;
}

export async function prepare(world) {
	const { api } = world;
	await api("POST", "scopes", { scope: "Plant 7" });
	const names = ["Berta Bauer", "Carlos Cruz", "Dewi Dewanti", "Emil Ernst"];
	const ids = [];
	for (const [i, name] of names.entries()) {
		const made = await api("POST", "users", {
			user: name.split(" ")[0].toLowerCase(),
			name,
			emails: [`${name.split(" ")[0].toLowerCase()}@acme.test`],
			phones: ["+49 30 5550100"],
			title: "Shift lead",
			roles: ["Technician"],
			scopes: i % 2 ? ["Plant 7"] : [],
			...(i > 0 ? { manager: ids[0] } : {}),
		});
		ids.push(made.id);
	}
	await api("POST", `users/${ids[3]}/deactivate`, { reason: "left" });
	world.people = ids;
	const targets = { users: [...ids, world.instance.env.ACME_ADMIN] };
	world.plannedJob = (await api("POST", "users/bulk", { action: "deactivate", ...targets, preview: true })).job;
	const done = await api("POST", "users/bulk", { action: "assign-role", role: "Supervisor", users: ids.slice(1, 3) });
	world.doneJob = await over(api, done.job);
	for (const [tenant, preset] of [["appliance", "users-app"], ["retail", "titanus"]]) {
		world.instance.muster(["tenant", "create", tenant, "--preset", preset]);
		world.instance.muster(["user", "create", tenant, "greta", "--name", "Greta Gold", "--email", "greta@shop.test", "--role", preset === "titanus" ? "Administrator" : "Super Administrator"]);
	}
	world.exportJob = await over(api, (await api("POST", "users/bulk", { action: "export", users: ids })).job);
}

const ready = "tbody tr[data-row]";

export const rows = [
	{ name: "users", path: "/users", ready },
	{
		name: "users-chosen",
		path: "/users?state=active&q=a",
		ready,
		act: async (page) => {
			await page.getByLabel("Select all rows of this page").check();
			await page.getByText("Filter as text").click();
		},
	},
	{ name: "users-none", path: "/users?q=nobody-of-this-name", ready: ".empty" },
	{
		name: "users-assign",
		path: "/users?q=berta",
		ready,
		act: async (page) => {
			await page.locator(ready).first().press("x");
			await page.getByRole("button", { name: "Assign role…" }).click();
			await page.getByLabel("Supervisor").check();
		},
	},
	{ name: "users-tree", path: ({ people }) => `/users/tree?open=${people[0]}`, ready: "[role=treeitem][aria-level='2']" },
	{ name: "jobs", path: "/jobs", ready },
	{ name: "job-planned", path: ({ plannedJob }) => `/jobs/${plannedJob}`, ready },
	{
		name: "job-asked",
		path: ({ plannedJob }) => `/jobs/${plannedJob}`,
		ready,
		act: (page) => page.locator(".actions .danger").click(),
	},
	{ name: "job-done", path: ({ doneJob }) => `/jobs/${doneJob}`, ready },
	{ name: "job-export", path: ({ exportJob }) => `/jobs/${exportJob}`, ready: "a[download]" },
	{ name: "users-cards", path: "/users?q=berta", ready, act: (page) => page.getByLabel("View").selectOption("cards") },
	{ name: "users-app", as: "operator", path: "/@appliance/users", ready: "th :text('User type')" },
	{ name: "users-app-new", as: "operator", path: "/@appliance/users/new", ready: "form .picks input" },
	{ name: "users-titanus", as: "operator", path: "/@retail/users", ready: "th :text('Full access')" },
	{ name: "users-titanus-new", as: "operator", path: "/@retail/users/new", ready: "form .picks input" },
];
