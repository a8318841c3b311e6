// What keeps somebody from signing in, and what can be done about it. Pure.
export interface SignIn {
	closed: boolean;
	reasons: string[];
	inactive_by: string[];
	password: "here" | "directory" | "none";
	password_changed?: string;
	must_change: boolean;
	totp: boolean;
	expires?: string;
	deactivated?: string;
	last_login?: string;
	waits: { network?: string; failures: number; seconds: number }[];
	recent: Attempt[];
}

export interface Attempt {
	event: "signin.succeeded" | "signin.failed" | "signin.locked";
	first: string;
	last: string;
	count: number;
	channel: string;
	ip?: string;
	id?: string;
	client?: string;
}

export type Remedy = "activate" | "unlock" | "password" | "directory" | "expiry" | null;
export interface Finding {
	reason: string;
	remedy: Remedy;
	sources: string[]; // the directories that say so
}

// "no" while something closes the door, "wait" while only tries must wait, else "yes".
export function verdictOf(said: SignIn): "yes" | "no" | "wait" {
	if (said.closed || said.reasons.length > 0) return "no";
	return said.waits.length > 0 ? "wait" : "yes";
}

// Who is kept out by a directory is let in again there: here the switch would not hold.
function remedyOf(reason: string, directories: readonly string[]): Remedy {
	switch (reason) {
		case "inactive":
			return directories.length > 0 ? "directory" : "activate";
		case "expired":
			return "expiry";
		case "no_password":
			return "password";
		default:
			return null;
	}
}

export function findingsOf(said: SignIn): Finding[] {
	const directories = said.inactive_by.filter((one) => one !== "local");
	const found = said.reasons.map((reason): Finding => {
		const sources = reason === "inactive" ? directories : [];
		return { reason, remedy: remedyOf(reason, sources), sources };
	});
	if (said.waits.length > 0) found.push({ reason: "waits", remedy: "unlock", sources: [] });
	return found;
}

// The longest that anybody has to wait, in seconds.
export function longestWait(said: SignIn): number {
	return Math.max(0, ...said.waits.map((one) => one.seconds));
}
