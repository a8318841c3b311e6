export async function prepare(world) {
	const { instance, api } = world;
	const make = (...words) => instance.muster(["tenant", "create", ...words]);
	make("nordwind-holding", "--type", "internal");
	make("nordwind-freight", "--parent", "nordwind-holding", "--preset", "users-app");
	make("showroom", "--type", "demo", "--preset", "titanus");
	make("bakery");
	instance.muster(["tenant", "suspend", "bakery"]);
	await api("POST", "users", { user: "henk", name: "Henk Hoorn", emails: ["henk@acme.test"], roles: ["Viewer"] });
	instance.muster(["user", "create", "showroom", "henk", "--name", "Henk Hoorn", "--email", "henk@acme.test", "--role", "Store Manager"]);
}

const ready = "tbody tr[data-row]";
const as = "operator";

export const rows = [
	{ name: "companies", path: "/tenants", ready, as },
	{ name: "companies-none", path: "/tenants?q=no-such-company", ready: ".empty", as },
	{
		name: "company-create",
		path: "/tenants",
		ready,
		as,
		act: async (page) => {
			await page.getByRole("button", { name: "Create a company" }).click();
			await page.waitForSelector("dialog [name=preset]");
		},
	},
	{ name: "company", path: "/tenants/acme", ready: ".waits", as },
	{ name: "company-new", path: "/tenants/nordwind-freight", ready: ".empty.done", as },
	{
		name: "company-edit",
		path: "/tenants/nordwind-freight",
		ready: ".empty.done",
		as,
		act: async (page) => {
			await page.getByRole("button", { name: "Edit…" }).click();
			await page.getByRole("combobox", { name: "Listed below" }).fill("now");
			await page.getByRole("combobox", { name: "Listed below" }).fill("wind");
			await page.waitForSelector("[role=option]");
		},
	},
	{
		name: "company-suspend",
		path: "/tenants/acme",
		ready: ".waits",
		as,
		act: async (page) => {
			await page.getByRole("button", { name: "Suspend…" }).click();
			await page.getByLabel("To go on, type: acme").fill("ac");
		},
	},
	{
		name: "company-resume",
		path: "/tenants/bakery",
		ready: ".facts",
		as,
		act: async (page) => {
			await page.getByRole("button", { name: "Resume…" }).click();
			await page.getByLabel("To go on, type: bakery").fill("bakery");
		},
	},
	{ name: "audit-all", path: "/all/audit", ready, as },
	{
		name: "audit-all-detail",
		path: "/all/audit?text=showroom",
		ready,
		as,
		act: async (page) => {
			await page.getByRole("button", { name: /: Company: created/ }).first().click();
			await page.waitForSelector(".audit-detail");
		},
	},
	{ name: "audit-all-none", path: "/all/audit?from=2001-01-01&to=2001-01-02", ready: ".empty", as },
	{
		name: "data-requests",
		path: "/data-requests",
		as,
		act: async (page) => {
			await page.fill("[name=text]", "henk@acme.test");
			await page.fill("[name=reason]", "asked by himself");
			await page.getByRole("button", { name: "Find" }).click();
			await page.waitForSelector("main table");
		},
	},
	{ name: "operators-page-in-a-company", path: "/@acme/tenants", as },
	{ name: "operators-page-for-an-admin", path: "/tenants" },
	{ name: "company-of-others", path: "/@showroom/users" },
];
