const table = "table tbody tr";
const tab = (name) => ({ people }) => `/users/${people[1]}?tab=${name}`;

// Somebody whom a directory keeps.
async function fromDirectory(world) {
	const { items } = await world.api("GET", "users?filter=roles%20eq%20%22Technician%22&limit=50");
	return items.find((row) => row.sources.length > 0).id;
}

export async function prepare(world) {
	world.followed = await fromDirectory(world);
}

export const rows = [
	{ name: "person", path: ({ people }) => `/users/${people[1]}`, ready: table },
	{ name: "person-followed", path: ({ followed }) => `/users/${followed}`, ready: table },
	{ name: "person-access", path: tab("access"), ready: table },
	{ name: "person-why", path: ({ people }) => `/users/${people[1]}?tab=access&why=tasks.view`, ready: ".chain" },
	{ name: "person-why-not", path: ({ people }) => `/users/${people[3]}?tab=access&why=users.edit`, ready: ".chain" },
	{ name: "person-scopes", path: tab("scopes"), ready: ".held" },
	{ name: "person-groups", path: ({ followed }) => `/users/${followed}?tab=groups` },
	{ name: "person-activity", path: ({ people }) => `/users/${people[3]}?tab=activity`, ready: ".findings" },
	{
		name: "person-sync",
		path: ({ followed }) => `/users/${followed}?tab=sync`,
		ready: ".card",
		act: (page) => page.getByText(/^uid=/).first().waitFor(),
	},
	{ name: "person-history", path: tab("history"), ready: table },
	{ name: "person-edit", path: ({ people }) => `/users/${people[1]}/edit`, ready: "form" },
	{ name: "person-edit-followed", path: ({ followed }) => `/users/${followed}/edit`, ready: "form" },
	{ name: "person-new", path: "/users/new", ready: "form .picks input" },
	{
		name: "person-suspend",
		path: ({ people }) => `/users/${people[1]}`,
		ready: table,
		act: (page) => page.getByRole("button", { name: "Deactivate" }).click(),
	},
	{
		name: "person-password",
		path: ({ people }) => `/users/${people[1]}`,
		ready: table,
		act: async (page) => {
			await page.getByRole("button", { name: "More" }).click();
			await page.getByRole("button", { name: "Set password…" }).click();
		},
	},
];
