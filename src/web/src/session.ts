// Who is signed in. `session` is undefined until the server has been asked, null for nobody; `lost`
// means that somebody was and must sign in again, with the page still there behind it.
import { computed, signal } from "@preact/signals";
import { get, send, setCsrf, whenSessionIsLost, whenTokenIsStale } from "./api";
import { isGuarded, tenant } from "./router";

export interface Session {
	id: string;
	user_name: string;
	display_name: string;
	tenant: string;
	tenant_name: string;
	language: string | null;
	own_language: string | null; // without the company's
	timezone: string | null;
	own_timezone: string | null;
	must_change: boolean; // the password, before anything else is let in
	password_elsewhere: boolean;
	totp: boolean; // signing in asks for a code of an authenticator app
	password_days: number | null; // that the password still holds; null: it does not end
	permissions: string[];
	operator: boolean;
	csrf: string;
	expires: string;
	version: string;
	preset: string;
	features: string[];
}

export interface Credentials {
	tenant?: string; // where one company lives alone it need not be said
	user: string;
	password: string;
	code?: string;
}

const here = "/api/v1/session";

export const session = signal<Session | null | undefined>(undefined);
export const lost = signal(false);

const held = computed(() => new Set(session.value?.permissions ?? []));
export function may(permission: string): boolean {
	return held.value.has(permission);
}
// The page is in a company where the one who is signed in has nothing to look for: only operators who
// may go into other companies do.
export const isForeign = computed(() => {
	const who = session.value;
	if (!who || tenant.value === null || tenant.value === who.tenant) return false;
	return !who.operator || !may("tenants.switch");
});
export function hasFeature(name: string): boolean {
	return session.value?.features?.includes(name) ?? false;
}

function take(next: Session): void {
	// Somebody else must not go on in the page of the one before.
	if (session.value && session.value.id !== next.id) return location.reload();
	setCsrf(next.csrf);
	session.value = next;
	lost.value = false;
}

// True when the server knows us already; throws what else it says than "nobody".
export async function resume(): Promise<boolean> {
	try {
		take(await get<Session>(here));
		return true;
	} catch (error) {
		session.value = null;
		if ((error as { status?: number }).status === 401) return false;
		throw error;
	}
}

async function look(): Promise<Session | undefined> {
	try {
		const now = await get<Session>(here);
		take(now);
		return now;
	} catch (error) {
		if ((error as { status?: number }).status === 401 && session.value) lost.value = true;
		return undefined;
	}
}

// What may have changed of the one who is signed in.
export async function refresh(): Promise<void> {
	await look();
}

// The other pages of this browser have the same cookie. Who signs out leaves nothing to be read in
// them, but what somebody has begun to type there.
let others: BroadcastChannel | undefined;
export function startSession(): void {
	if (!("BroadcastChannel" in globalThis)) return;
	others = new BroadcastChannel("muster session");
	others.addEventListener("message", (event: MessageEvent<"in" | "out">) => {
		if (event.data === "in" || isGuarded()) void refresh();
		else location.reload();
	});
}

// The own language and time zone; null or empty: as the company has it.
export async function editOwn(change: { language?: string | null; timezone?: string | null }): Promise<void> {
	await send("PATCH", here, change);
	await refresh();
}

export async function signIn(credentials: Credentials): Promise<void> {
	take(await send<Session>("POST", here, credentials));
	others?.postMessage("in");
}

export async function signOut(): Promise<void> {
	try {
		await send("DELETE", here);
	} catch (error) {
		if ((error as { status?: number }).status !== 401) throw error;
	}
	others?.postMessage("out");
	location.assign("/console/");
}

whenSessionIsLost(() => {
	if (session.value) lost.value = true;
});

whenTokenIsStale(async () => {
	const before = session.value?.id;
	return before !== undefined && (await look())?.id === before;
});
