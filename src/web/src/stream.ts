// The stream of events (/api/v1/events). Pages of one browser share one: the server bounds how many a
// person has, and over HTTP/1.1 a browser has six connections for all its pages. Whoever holds the
// lock has the stream and hands on what it says; when that page goes, the next in line opens its own.
// Where a browser has no locks, each page has a stream.

export type Word =
	| { open: boolean } // false: what happens from now on may be missed
	| { topics: string[] }
	| { ended: true }; // the session is over, or may not listen any more
type Hear = (word: Word) => void;

const TRY_AGAIN = 60_000;

export function topicsOf(data: string): string[] {
	try {
		const { topics } = JSON.parse(data) as { topics?: unknown };
		return Array.isArray(topics) ? topics.filter((one) => typeof one === "string") : [];
	} catch {
		return [];
	}
}

function openStream(url: string, hear: Hear): () => void {
	let source: EventSource;
	let retry: ReturnType<typeof setTimeout> | undefined;
	function open() {
		source = new EventSource(url);
		// From here on nothing is missed; that there is a connection does not say so yet.
		source.addEventListener("ready", () => hear({ open: true }));
		source.addEventListener("change", (event) => hear({ topics: topicsOf((event as MessageEvent<string>).data) }));
		source.addEventListener("end", () => hear({ ended: true }));
		source.addEventListener("error", () => {
			hear({ open: false });
			if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, TRY_AGAIN);
		});
	}
	open();
	return () => {
		clearTimeout(retry);
		source.close();
	};
}

// What is heard until the function that it returns is called. Pages that give the same name share.
export function listen(name: string, url: string, hear: Hear): () => void {
	if (!("locks" in navigator) || !("BroadcastChannel" in globalThis)) return openStream(url, hear);
	const channel = new BroadcastChannel(name);
	const left = new AbortController();
	let own: Word | undefined; // how the stream is that this page has for all
	channel.addEventListener("message", (event: MessageEvent<Word | "how is it?">) => {
		if (event.data !== "how is it?") hear(event.data);
		else if (own) channel.postMessage(own);
	});
	channel.postMessage("how is it?");
	function tell(word: Word) {
		if (left.signal.aborted) return;
		if ("open" in word) own = word;
		hear(word);
		channel.postMessage(word);
	}
	const lead = () =>
		new Promise<void>((release) => {
			if (left.signal.aborted) return release();
			tell({ open: false });
			const close = openStream(url, tell);
			left.signal.addEventListener("abort", () => {
				close();
				release();
			});
		});
	navigator.locks.request(name, { signal: left.signal }, lead).catch((reason: unknown) => {
		if (!left.signal.aborted) console.error(reason);
	});
	return () => {
		left.abort();
		channel.close();
	};
}
