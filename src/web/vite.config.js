import { defineConfig } from "vite";

export default defineConfig({
	base: "/console/",
	esbuild: { jsx: "automatic", jsxImportSource: "preact" },
	build: {
		target: "es2022",
		manifest: "manifest.json",
		// The policy of the page allows no script that is not a file.
		modulePreload: { polyfill: false },
		assetsInlineLimit: 0,
		reportCompressedSize: false,
	},
});
