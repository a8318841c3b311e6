export const rows = [
	{ name: "settings", path: "/settings", ready: "[name=timezone]" },
	{ name: "profile", path: "/profile", ready: "main table" },
];
