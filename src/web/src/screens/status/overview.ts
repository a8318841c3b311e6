import type { Reason } from "../../ui";

// What the API tells of a company in one answer; a part is there for who may see it.
export interface Directory extends Reason {
	name: string;
	state: string;
	since?: string;
	waits_for: string;
	people?: number;
	groups?: number;
	last_contact?: string;
	last_run?: string;
	last_full?: string;
	next_full?: string;
	next_try?: string;
	duration_ms?: number;
	conflicts?: { open: number };
	lag_us?: number;
	counts?: Record<string, number>;
	plan?: string;
	server?: string;
	vendor?: string;
	certificate_ends?: string;
	notes?: string[];
}

export interface Plan extends Reason {
	id: string;
	directory?: string;
	cause: string;
	rows: number;
	created: string;
}

export interface Overview {
	tenant: string;
	version: string;
	time: string;
	people?: { all: number; inactive: number };
	directories?: Directory[];
	plans?: Plan[];
	mails?: { about: string; subject: string; created: string; next_try?: string; attempts: number }[];
	conflicts?: { open: number; types: { type: string; sentence: string; open: number }[] };
	held?: number;
	webhooks?: { name: string; active: boolean; behind: number; failing_since?: string }[];
	jobs?: { job: string; action: string; total: number; done: number; failed: number }[];
	expiring?: { token: string; id: string; expires: string }[];
}
