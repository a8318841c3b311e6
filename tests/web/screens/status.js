export const rows = [
	{ name: "status", path: "/", ready: ".card" },
	{ name: "no-page", path: "/nowhere" },
];
