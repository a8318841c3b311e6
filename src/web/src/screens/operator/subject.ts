// What an installation knows of a person, as the API tells it part by part.
import { send } from "../../api";
import { to } from "../../router";

export interface Subject {
	tenant: string;
	user: string;
	name: string;
	email: string;
	id: string;
	deleted: boolean;
}

export interface Why {
	reason: string;
	reference: string;
}

export interface Bundle {
	tenant: string;
	subject: unknown;
	memberships: unknown[];
	audit: unknown[];
	activity: unknown[];
	after: number | null;
}

type Ask = (after: number | undefined) => Promise<Bundle>;

// The parts joined: only the audit is told in several.
export async function wholeOf(ask: Ask): Promise<Omit<Bundle, "after">> {
	const { after: first, ...whole } = await ask(undefined);
	for (let after = first; after !== null; ) {
		const more = await ask(after);
		whole.audit.push(...more.audit);
		after = more.after;
	}
	return whole;
}

export function askFor(subject: Subject, why: Why): Ask {
	const path = `/api/v1${to`/data-requests/${subject.tenant}/${subject.id}`}`;
	return (after) =>
		send<Bundle>("POST", path, {
			reason: why.reason,
			...(why.reference ? { reference: why.reference } : {}),
			...(after === undefined ? {} : { after }),
		});
}

// Keeps it as a file of whoever asked.
export function keep(name: string, value: unknown): void {
	const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, "\t")], { type: "application/json" }));
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	// The browser reads it after this turn.
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
