// What has changed on the server. Events tell, each with the topics that it is about (stream.ts);
// while there are none, a question every 30 seconds takes their place. Nothing is asked by a page that
// nobody sees: it asks when it is seen again.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { urlOf } from "./api";
import { isForeign, lost, refresh, session } from "./session";
import { listen, type Word } from "./stream";

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

interface Listener {
	topics: ReadonlySet<string>;
	tell(): void;
	waiting: ReturnType<typeof setTimeout> | undefined;
	stale: boolean;
}

export const streaming = signal(false);
const listeners = new Set<Listener>();
let close: (() => void) | undefined;
let wasOpen = false;

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

function hear(word: Word): void {
	if ("open" in word) {
		// What happened between two streams was not told.
		if (word.open && !streaming.value && wasOpen) for (const listener of listeners) tell(listener);
		streaming.value = word.open;
		wasOpen ||= word.open;
	} else if ("ended" in word) {
		void refresh();
	} else {
		// What one may do, or that one may not be here any more.
		if (word.topics.includes("session")) void refresh();
		for (const listener of listeners) {
			if (word.topics.some((topic) => listener.topics.has(topic))) tell(listener);
		}
	}
}

function begin(url: string | undefined): void {
	close?.();
	streaming.value = false;
	wasOpen = false;
	close = url === undefined ? undefined : listen(`muster ${session.value?.id} ${url}`, url, hear);
}

export function startLive(): void {
	let last: string | undefined;
	effect(() => {
		// Another company has other changes; who has to choose another password is told of none.
		const wanted = session.value && !session.value.must_change && !isForeign.value ? `${session.value.csrf} ${urlOf("events")}` : undefined;
		if (wanted === last) return;
		last = wanted;
		begin(wanted === undefined ? undefined : urlOf("events"));
	});
	setInterval(() => {
		if (session.value && !lost.value && !streaming.value) for (const listener of listeners) tell(listener);
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
