export const rows = [
	{ name: "status", path: "/", ready: ".card" },
	{ name: "status-operator", path: "/", ready: ".waits", as: "operator" },
	{ name: "status-of-company", path: "/@acme", ready: ".card", as: "operator" },
	{ name: "no-page", path: "/nowhere" },
];
