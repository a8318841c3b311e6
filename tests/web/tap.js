// Flat TAP, a line for a test, whatever the version of Node.js; what failed as comments.
export default async function* tap(source) {
	let count = 0;
	for await (const { type, data } of source) {
		if (type === "test:stdout" || type === "test:stderr") yield comment(data.message);
		if (type !== "test:pass" && type !== "test:fail") continue;
		const good = type === "test:pass";
		// Older ones tell of a file as of a test around those in it.
		if (good && /\.js$/.test(data.name)) continue;
		const skipped = data.skip !== undefined ? " # SKIP" : "";
		yield `${good ? "ok" : "not ok"} ${++count} - ${data.name.replaceAll("#", "")}${skipped}\n`;
		if (!good) yield comment(describe(data.details?.error));
	}
	yield `1..${count}\n`;
}

function describe(error) {
	const cause = error?.cause ?? error;
	return String(cause?.stack ?? cause?.message ?? cause);
}

function comment(text) {
	return text.replace(/\n$/, "").replace(/^/gm, "# ") + "\n";
}
