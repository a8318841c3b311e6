// What a component shows of the server: asked for when it appears, when what it depends on changes,
// when somebody says reload(), and when the server tells of a change. An answer that is late for its
// question is dropped; the old value stays until the new one is there.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { type Topic, useLive } from "./live";
import { session } from "./session";

export interface Loaded<T> {
	value: T | undefined;
	error: ApiError | undefined; // of the last try; the value may still be the one before
	busy: boolean;
	reload(): void;
}

interface State<T> {
	value?: T;
	error?: ApiError;
	busy: boolean;
}

export function useLoad<T>(
	load: (signal: AbortSignal) => Promise<T>,
	on: readonly unknown[],
	topics: readonly Topic[] = [],
): Loaded<T> {
	const [state, setState] = useState<State<T>>({ busy: true });
	const running = useRef<AbortController | null>(null);
	const again = useRef(false);
	const latest = useRef(load);
	latest.current = load;

	const ask = useCallback((quiet: boolean) => {
		// Changes that come faster than answers must not call each of them off.
		if (quiet && running.current) {
			again.current = true;
			return;
		}
		running.current?.abort();
		const mine = new AbortController();
		running.current = mine;
		again.current = false;
		if (!quiet) setState((old) => ({ ...old, busy: true }));
		const end = (next: (old: State<T>) => State<T>) => {
			if (mine.signal.aborted) return;
			running.current = null;
			setState(next);
			if (again.current) ask(true);
		};
		latest.current(mine.signal).then(
			(value) => end(() => ({ value, busy: false })),
			(error: unknown) => end((old) => ({ ...old, error: asApiError(error), busy: false })),
		);
	}, []);

	const reload = useCallback(() => ask(false), []);
	// Whoever has signed in again wants to see what could not be shown.
	useEffect(reload, [...on, session.value?.csrf]);
	useEffect(() => () => running.current?.abort(), []);
	// What changes by itself does so without a flicker.
	useLive(topics, () => ask(true));
	return { value: state.value, error: state.error, busy: state.busy, reload };
}

export function asApiError(error: unknown): ApiError {
	if (error instanceof ApiError) return error;
	console.error(error);
	return new ApiError(0, "broken", "", error instanceof Error ? error.message : String(error));
}
