const header = "name,email,username,roles,production_sites,active";
const line = (name, role = "Technician") => `${name} Import,${name.toLowerCase()}@import.test,${name.toLowerCase()}.import,${role},,1`;

export async function prepare({ api }) {
	const csv = [header, line("Rosa"), line("Sven"), line("Tom", "Nonesuch")].join("\n");
	await api("POST", `imports/${(await api("POST", "imports", { csv })).import}/commit`);
}

const ready = "tbody tr[data-row]";

// The lines of a file are seen by who brought it alone.
async function bring(page, ...lines) {
	await page.getByLabel("Or paste the lines here").fill([header, ...lines].join("\n"));
	await page.getByRole("button", { name: "Preview" }).click();
	await page.getByRole("heading", { name: "What would happen" }).waitFor();
	await page.waitForSelector(ready);
}

const some = (name) => [line("Rosa"), line(name), line("Vera", "Nonesuch"), line("Sven").replace("Sven Import", "Sven Other")];

export const rows = [
	{ name: "imports", path: "/imports", ready },
	{ name: "import-planned", path: "/imports", ready, act: (page) => bring(page, ...some("Uma")) },
	{
		name: "import-asked",
		path: "/imports",
		ready,
		act: async (page) => {
			await bring(page, ...some("Willy"));
			await page.getByRole("button", { name: "Import 1 person" }).click();
		},
	},
	{
		name: "import-done",
		path: "/imports",
		ready,
		act: async (page) => {
			await bring(page, ...some("Yara"));
			await page.getByRole("button", { name: "Import 1 person" }).click();
			await page.locator("dialog").getByRole("button", { name: "Import 1 person" }).click();
			await page.getByRole("heading", { name: "What happened" }).waitFor();
			await page.waitForSelector(ready);
		},
	},
];
