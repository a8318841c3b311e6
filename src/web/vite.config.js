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
		// The first view names every part: 42 bits of a hash, which no compression shortens, are enough.
		rollupOptions: {
			output: {
				entryFileNames: "assets/[name]-[hash:7].js",
				chunkFileNames: "assets/[name]-[hash:7].js",
				assetFileNames: "assets/[name]-[hash:7][extname]",
			},
		},
	},
});
