// Company settings, policies, the own profile, and the sign-in.
async function preview(page) {
	await page.selectOption("[name=value]", "none");
	await page.getByRole("button", { name: "See whom it touches…" }).click();
	await page.locator("dialog .effect").waitFor();
}

async function setUpApp(page, { instance }) {
	const part = page.getByRole("region", { name: "Authenticator app" });
	await part.getByLabel("Current password").fill(instance.env.ACME_ADMIN_PW);
	await part.getByRole("button", { name: "Set up an app…" }).click();
	await part.getByLabel("Code of the app").waitFor();
}

async function wrongCode(page, { newcomer }) {
	await page.fill("[name=tenant]", "acme");
	await page.fill("[name=user]", newcomer.user);
	await page.fill("[name=password]", "not the password");
	await page.getByLabel("One-time code").fill("000000");
	await page.click(".sign-in button[type=submit]");
	await page.getByRole("alert").waitFor();
}

export function prepare(world) {
	const { instance } = world;
	instance.muster(["feature", "create", "acme", "beta-reports", "--of-tenant", "--on"]);
	instance.muster(["feature", "create", "acme", "map-view"]);
	instance.muster(["policy", "set", "acme", "password.min_length", "--value", "12", "--confirm", "0"]);
	const newcomer = { user: "nina", password: "a password of Nina 1" };
	instance.muster(
		["user", "create", "acme", newcomer.user, "--name", "Nina New", "--role", "Technician", "--password-file", "-", "--must-change"],
		`${newcomer.password}\n`,
	);
	world.newcomer = newcomer;
}

export const rows = [
	{ name: "settings", path: "/settings", ready: "[name=timezone]" },
	{ name: "policies", path: "/policies", ready: "main table" },
	{ name: "policies-found-none", path: "/policies?q=nothing+like+it", ready: "main .empty" },
	{ name: "policy", path: "/policies/onboarding.credential", ready: "main fieldset" },
	{ name: "policy-effect", path: "/policies/scope.empty_means", ready: "[name=value]", act: preview },
	{ name: "profile", path: "/profile", ready: "main table" },
	{ name: "profile-app", path: "/profile", ready: "main table", act: setUpApp },
	{ name: "must-change", path: "/users", ready: "[name=again]", as: "newcomer" },
	{ name: "sign-in-code", path: "/", ready: ".sign-in", as: "nobody", act: wrongCode },
];
