// Company settings, policies and the own profile.
async function preview(page) {
	await page.selectOption("[name=value]", "none");
	await page.getByRole("button", { name: "See whom it touches…" }).click();
	await page.locator("dialog .effect").waitFor();
}

export function prepare({ instance }) {
	instance.muster(["feature", "create", "acme", "beta-reports", "--of-tenant", "--on"]);
	instance.muster(["feature", "create", "acme", "map-view"]);
	instance.muster(["policy", "set", "acme", "password.min_length", "--value", "12", "--confirm", "0"]);
}

export const rows = [
	{ name: "settings", path: "/settings", ready: "[name=timezone]" },
	{ name: "policies", path: "/policies", ready: "main table" },
	{ name: "policies-found-none", path: "/policies?q=nothing+like+it", ready: "main .empty" },
	{ name: "policy", path: "/policies/onboarding.credential", ready: "main fieldset" },
	{ name: "policy-effect", path: "/policies/scope.empty_means", ready: "[name=value]", act: preview },
	{ name: "profile", path: "/profile", ready: "main table" },
];
