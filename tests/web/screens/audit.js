const ready = "tbody tr[data-row]";

export const rows = [
	{ name: "audit", path: "/audit", ready },
	{ name: "audit-none", path: "/audit?from=2001-01-01&to=2001-01-02", ready: ".empty" },
	{
		name: "audit-detail",
		path: ({ access }) => `/audit?target=${access.role}`,
		ready,
		act: async (page) => {
			await page.getByRole("button", { name: /: Role: created/ }).first().click();
			await page.waitForSelector(".diff");
		},
	},
];
