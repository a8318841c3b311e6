// What has changed on the server. One stream of events for the page (/api/v1/events), each with the
// topics that it is about; while there is none, a question every 30 seconds takes its place. Nothing
// is asked by a page that nobody sees: it asks when it is seen again.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { urlOf } from "./api";
import { refresh, session } from "./session";

export type Topic =
	| "users"
	| "roles"
	| "scopes"
	| "groups"
	| "directories"
	| "conflicts"
	| "plans"
	| "held"
	| "jobs"
	| "audit"
	| "tokens"
	| "webhooks"
	| "settings"
	| "tenants"
	| "permissions"
	| "sessions"
	| "provisioning";

const POLL = 30_000;
const GATHER = 500; // many changes in a row are one reason to ask again
const TRY_AGAIN = 60_000;

interface Listener {
	topics: ReadonlySet<string>;
	tell(): void;
	waiting: ReturnType<typeof setTimeout> | undefined;
	stale: boolean;
}

export const streaming = signal(false);
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

function tell(listener: Listener): void {
	if (document.hidden) {
		listener.stale = true;
		return;
	}
	if (listener.waiting !== undefined) return;
	listener.waiting = setTimeout(() => {
		listener.waiting = undefined;
		listener.tell();
	}, GATHER);
}

export function topicsOf(data: string): string[] {
	try {
		const { topics } = JSON.parse(data) as { topics?: unknown };
		return Array.isArray(topics) ? topics.filter((one) => typeof one === "string") : [];
	} catch {
		return [];
	}
}

function open(): void {
	close();
	source = new EventSource(urlOf("events"));
	let first = true;
	source.addEventListener("open", () => {
		// What happened between the last stream and this one was not told.
		if (!first) for (const listener of listeners) tell(listener);
		first = false;
		streaming.value = true;
	});
	source.addEventListener("change", (event) => {
		const changed = topicsOf((event as MessageEvent<string>).data);
		// What one may do, or that one may not be here any more.
		if (changed.includes("session")) void refresh();
		for (const listener of listeners) {
			if (changed.some((topic) => listener.topics.has(topic))) tell(listener);
		}
	});
	source.addEventListener("error", () => {
		streaming.value = false;
		if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, TRY_AGAIN);
	});
}

function close(): void {
	source?.close();
	source = undefined;
	streaming.value = false;
	clearTimeout(retry);
}

export function startLive(): void {
	let last: string | undefined;
	effect(() => {
		// Another company has other changes.
		const wanted = session.value ? `${session.value.csrf} ${urlOf("events")}` : undefined;
		if (wanted === last) return;
		last = wanted;
		if (wanted) open();
		else close();
	});
	setInterval(() => {
		if (session.value && !streaming.value) for (const listener of listeners) tell(listener);
	}, POLL);
	document.addEventListener("visibilitychange", () => {
		for (const listener of listeners) {
			if (document.hidden || !listener.stale) continue;
			listener.stale = false;
			tell(listener);
		}
	});
}

// Calls `reload` when the server tells of one of the topics, and each 30 seconds while it cannot.
export function useLive(topics: readonly Topic[], reload: () => void): void {
	const latest = useRef(reload);
	latest.current = reload;
	useEffect(() => {
		if (topics.length === 0) return;
		const listener: Listener = {
			topics: new Set(topics),
			tell: () => latest.current(),
			waiting: undefined,
			stale: false,
		};
		listeners.add(listener);
		return () => {
			clearTimeout(listener.waiting);
			listeners.delete(listener);
		};
	}, [topics.join()]);
}
