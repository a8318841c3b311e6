import { connect, stateOf, until } from "../muster.js";

export async function prepare(world) {
	const { instance, api, corp } = world;
	// Its first run waits for a plan; its Admin's group for an approval.
	connect(instance, corp, "plant", ["--scope-rule", "uid=s*", "--group-map", "app-admins=role:Admin"]);
	await until("the plant waits", () => stateOf(instance, "plant") === "held");
	const items = await until("the log has the first person", async () => {
		const page = await api("GET", "provisioning?token=headquarters&limit=1&method=create&type=User");
		return page.items.length > 0 && page.items;
	});
	world.provisionRow = items[0].row;
	world.corpPerson = items[0].subject;
}

const ready = "tbody tr[data-row]";

async function check(page) {
	await page.getByRole("button", { name: "Run the preflight" }).click();
	await page.waitForSelector("table.steps");
}

export const rows = [
	{ name: "directories", path: "/directories", ready },
	{ name: "directories-none", path: "/directories?q=no-such-directory", ready: ".empty" },
	{
		name: "directory-new",
		path: "/directories/new",
		ready: "[name=uri]",
		act: async (page, { corp }) => {
			await page.fill("[name=uri]", corp.CORP_TLS_URI.replace("localhost", "127.0.0.1"));
			await page.fill("[name=base_dn]", corp.CORP_BASE);
			await check(page);
		},
	},
	{ name: "directory", path: "/directories/headquarters", ready: "table" },
	{ name: "directory-held", path: "/directories/branch", ready: "table" },
	{ name: "directory-failed", path: "/directories/warehouse", ready: "table" },
	{ name: "directory-grants", path: "/directories/headquarters?tab=grants", ready: "tbody tr" },
	{
		name: "directory-menu",
		path: "/directories/headquarters",
		ready: "table",
		act: (page) => page.getByRole("button", { name: "More" }).click(),
	},
	{
		name: "directory-delete",
		path: "/directories/headquarters",
		ready: "table",
		act: async (page) => {
			await page.getByRole("button", { name: "More" }).click();
			await page.getByRole("button", { name: "Delete…" }).click();
			await page.waitForSelector("dialog [name=count]");
		},
	},
	{ name: "directory-edit", path: "/directories/headquarters/edit", ready: "[name=uri]", act: check },
	{ name: "directory-people", path: "/directories/branch/edit?tab=people", ready: "[name=scope_rules]" },
	{
		name: "directory-mapping",
		path: "/directories/headquarters/edit?tab=mapping",
		ready: "[name=person]",
		act: async (page, { corpPerson }) => {
			await page.getByRole("button", { name: "Add a row" }).first().click();
			await page.getByLabel("Attribute here, row 1").fill("display_name");
			await page.getByLabel("From the directory, row 1").fill("upper(cn)");
			await page.fill("[name=person]", corpPerson);
			await page.getByRole("button", { name: "Show the preview" }).click();
			await page.waitForSelector(".steps-list");
		},
	},
	{ name: "directory-groups", path: "/directories/headquarters/edit?tab=groups", ready: "[name=group_gone]" },
	{ name: "directory-running", path: "/directories/headquarters/edit?tab=running", ready: "[name=limit_count]" },
	{ name: "directory-person", path: ({ corpPerson }) => `/directories/headquarters/person?person=${corpPerson}`, ready: ".steps-list" },
	{ name: "runs", path: "/runs?directory=headquarters", ready },
	{ name: "provisioning", path: "/provisioning", ready },
	{ name: "provisioning-none", path: "/provisioning?text=nothing-has-these-words", ready: ".empty" },
	{ name: "provisioning-row", path: ({ provisionRow }) => `/provisioning?row=${provisionRow}`, ready: "dialog .steps-list" },
];
