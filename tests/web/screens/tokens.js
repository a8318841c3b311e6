export async function prepare(world) {
	const { api } = world;
	world.connection = (await api("POST", "tokens", { name: "entra", type: "scim", scopes: ["users", "groups"], days: 12, profile: "entra" })).id;
	await api("POST", `tokens/${world.connection}/rotate`, { overlap_hours: 48 });
	await api("POST", "tokens", { name: "payroll", type: "api", scopes: ["read"], days: 365 });
	world.service = (await api("POST", "service-accounts", { name: "intranet", permissions: ["users.view", "groups.view"] })).id;
	world.webhook = (await api("POST", "webhooks", { name: "crm", uri: "https://127.0.0.1:8443/changes" })).id;
	await api("POST", `webhooks/${world.webhook}/rotate`, { overlap_hours: 48 });
}

const ready = "tbody tr[data-row]";
const press = (name) => (page) => page.getByRole("button", { name, exact: true }).click();

export const rows = [
	{ name: "tokens", path: "/tokens", ready },
	{ name: "tokens-none", path: "/tokens?q=no-such-token", ready: ".empty" },
	{ name: "token-create", path: "/tokens", ready, act: press("Create a token") },
	{ name: "token", path: ({ connection }) => `/tokens/${connection}`, ready: ".facts" },
	{ name: "token-rotate", path: ({ connection }) => `/tokens/${connection}`, ready: ".facts", act: press("Rotate…") },
	{ name: "token-revoke", path: ({ connection }) => `/tokens/${connection}`, ready: ".facts", act: press("Revoke…") },
	{ name: "service-accounts", path: "/service-accounts", ready },
	{ name: "service-account-create", path: "/service-accounts", ready, act: press("Create a service account") },
	{ name: "service-account", path: ({ service }) => `/service-accounts/${service}`, ready: ".granted-list li:has-text('See users')" },
	{ name: "webhooks", path: "/webhooks", ready },
	{ name: "webhook", path: ({ webhook }) => `/webhooks/${webhook}`, ready: ".facts" },
	{ name: "webhook-rotate", path: ({ webhook }) => `/webhooks/${webhook}`, ready: ".facts", act: press("New secret…") },
	{ name: "webhook-end-old", path: ({ webhook }) => `/webhooks/${webhook}`, ready: ".facts", act: press("End the old secret…") },
	{ name: "webhook-create", path: "/webhooks", ready, act: press("Create a webhook") },
];
