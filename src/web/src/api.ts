// The API, and nothing else, is what the console asks: get("users"), list<UserRow>("users", {...}),
// send("PATCH", to`users/${id}`, {...}). A path without a slash in front is one of /api/v1, within
// the company that the page is in; with a slash it is taken as it is (/scim/v2/..., /api/v1/all/...).
// What goes wrong is thrown as an ApiError; a session that has ended is told to whoever listens.
import { isUnattended } from "./presence";
import { tenant } from "./router";

export class ApiError extends Error {
	constructor(
		readonly status: number, // 0: the server did not answer
		readonly code: string, // "not_found": the API's own word
		readonly title: string,
		readonly detail = "",
		readonly attribute = "",
	) {
		super(detail || title);
	}
}

export type Query = Record<string, string | number | boolean | undefined | null>;
export interface Tagged<T> {
	value: T;
	tag: string | null; // for ifMatch
}
export interface Page<T> {
	items: T[];
	total?: number;
	next_cursor?: string;
}
interface Ask {
	query?: Query;
	body?: unknown;
	ifMatch?: string | null;
	signal?: AbortSignal;
}

let csrf = "";
export function setCsrf(token: string): void {
	csrf = token;
}

let onLost: () => void = () => {};
export function whenSessionIsLost(told: () => void): void {
	onLost = told;
}

// Asked for the page's token anew; false: who was signed in is not any more.
let onStale: () => Promise<boolean> = () => Promise.resolve(false);
export function whenTokenIsStale(told: () => Promise<boolean>): void {
	onStale = told;
}

export function urlOf(target: string, asked: Query = {}): string {
	const within = tenant.value === null ? "" : `tenants/${encodeURIComponent(tenant.value)}/`;
	const url = target.startsWith("/") ? target : `/api/v1/${within}${target}`;
	const words = new URLSearchParams();
	for (const [name, value] of Object.entries(asked)) {
		if (value !== undefined && value !== null && value !== "") words.set(name, String(value));
	}
	return words.size > 0 ? `${url}?${words}` : url;
}

// problem+json of the API, or an error of SCIM (RFC 7644 section 3.12), or what a proxy says.
export function errorOf(status: number, body: unknown): ApiError {
	const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
	const text = (name: string) => (typeof said[name] === "string" ? (said[name] as string) : "");
	return new ApiError(
		status,
		text("code") || text("scimType") || `http_${status}`,
		text("title"),
		text("detail"),
		text("attribute"),
	);
}

async function readBody(response: Response): Promise<unknown> {
	const text = await response.text();
	if (text === "") return undefined;
	if (!/[/+]json/.test(response.headers.get("Content-Type") ?? "")) return text;
	try {
		return JSON.parse(text);
	} catch {
		throw new ApiError(0, "damaged", "");
	}
}

async function ask<T>(method: string, target: string, options: Ask, again = false): Promise<Tagged<T>> {
	const headers: Record<string, string> = { Accept: "application/json, application/scim+json" };
	if (options.body !== undefined) headers["Content-Type"] = "application/json";
	if (options.ifMatch) headers["If-Match"] = options.ifMatch;
	if (method !== "GET") headers["X-CSRF-Token"] = csrf;
	else if (isUnattended()) headers["X-Background"] = "1";
	const init: RequestInit = { method, headers, credentials: "same-origin" };
	if (options.body !== undefined) init.body = JSON.stringify(options.body);
	if (options.signal) init.signal = options.signal;
	let response: Response;
	let body: unknown;
	try {
		response = await fetch(urlOf(target, options.query), init);
		body = await readBody(response);
	} catch (error) {
		if (options.signal?.aborted || error instanceof ApiError) throw error;
		throw new ApiError(0, "unreachable", "");
	}
	if (response.ok) return { value: body as T, tag: response.headers.get("ETag") };
	if (response.status === 401 && target !== "/api/v1/session") onLost();
	const error = errorOf(response.status, body);
	// Another page of this browser has signed in since: what was refused was not done.
	if (error.status === 403 && error.attribute === "X-CSRF-Token" && !again) {
		if (await onStale()) return ask(method, target, options, true);
		throw new ApiError(401, "credentials", "");
	}
	throw error;
}

export async function get<T>(target: string, asked?: Query, signal?: AbortSignal): Promise<T> {
	return (await getTagged<T>(target, asked, signal)).value;
}

export function getTagged<T>(target: string, asked?: Query, signal?: AbortSignal): Promise<Tagged<T>> {
	return ask<T>("GET", target, { query: asked, signal });
}

export function list<T>(target: string, asked?: Query, signal?: AbortSignal): Promise<Page<T>> {
	return get<Page<T>>(target, asked, signal);
}

export type Method = "POST" | "PUT" | "PATCH" | "DELETE";

// A DELETE's arguments go into the query, as the API has them.
export async function send<T = undefined>(
	method: Method,
	target: string,
	body?: object,
	options: { ifMatch?: string | null; signal?: AbortSignal } = {},
): Promise<T> {
	const ready = method === "DELETE" ? { query: body as Query } : { body: body ?? {} };
	return (await ask<T>(method, target, { ...options, ...ready })).value;
}
