import { useRef, useState } from "preact/hooks";
import { list, send } from "../../api";
import { t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { ConfirmDialog, failureText, type Job, Menu, MenuItem, type Selection, toast } from "../../ui";
import { type Company, holdsOneRole, labelOf } from "./company";
import { type Set, targetsOf } from "./list-query";

type Assign = "assign-role" | "unassign-role" | "assign-scope" | "unassign-scope";

const mayAssign = () => may("roles.assign") || may("roles.assign_any");

// What can be done with those who are chosen. Nothing is done yet: a job is planned, and its page
// shows what it would do to each before it is run.
export function BulkBar(props: { selection: Selection; set: Set; company: Company }) {
	const { selection, set, company } = props;
	const [assigning, setAssigning] = useState<Assign>();
	const busy = useRef(false);

	async function plan(action: string, more: object = {}) {
		const targets = targetsOf(selection.ids, selection.all, selection.count, set);
		const preview = action !== "export";
		const job = await send<Job>("POST", "users/bulk", { action, ...targets, ...more, preview });
		go(to`/jobs/${job.job}`);
	}
	// A second click asks for the same once more.
	const start = (action: string) => () => {
		if (busy.current) return;
		busy.current = true;
		plan(action)
			.catch((error: unknown) => toast(failureText(asApiError(error)), "bad"))
			.finally(() => (busy.current = false));
	};

	return (
		<>
			{may("users.deactivate") && (
				<>
					<button type="button" onClick={start("deactivate")}>
						{t("users.bulk_deactivate")}
					</button>
					<button type="button" onClick={start("reactivate")}>
						{t("users.bulk_reactivate")}
					</button>
				</>
			)}
			{mayAssign() && (
				<button type="button" onClick={() => setAssigning("assign-role")}>
					{t("users.bulk_assign_role")}
				</button>
			)}
			<button type="button" onClick={start("export")}>
				{t("users.bulk_export")}
			</button>
			{(mayAssign() || may("scopes.assign") || may("users.delete")) && (
				<Menu label={t("users.bulk_more")}>
					{mayAssign() && (
						<MenuItem run={() => setAssigning("unassign-role")}>{t("users.bulk_unassign_role")}</MenuItem>
					)}
					{may("scopes.assign") && (
						<>
							<MenuItem run={() => setAssigning("assign-scope")}>{t("users.bulk_assign_scope")}</MenuItem>
							<MenuItem run={() => setAssigning("unassign-scope")}>{t("users.bulk_unassign_scope")}</MenuItem>
						</>
					)}
					{may("users.delete") && (
						<MenuItem danger run={start("delete")}>
							{t("users.bulk_delete")}
						</MenuItem>
					)}
				</Menu>
			)}
			{assigning && (
				<AssignDialog
					action={assigning}
					count={selection.count}
					company={company}
					plan={(more) => plan(assigning, more)}
					close={() => setAssigning(undefined)}
				/>
			)}
		</>
	);
}

const titles = {
	"assign-role": "users.assign_role_title",
	"unassign-role": "users.unassign_role_title",
	"assign-scope": "users.assign_scope_title",
	"unassign-scope": "users.unassign_scope_title",
} as const;

function AssignDialog(props: {
	action: Assign;
	count: number;
	company: Company;
	plan: (more: object) => Promise<void>;
	close: () => void;
}) {
	const { action, company } = props;
	const what = action.endsWith("role") ? "role" : "scope";
	const [chosen, setChosen] = useState<string>();
	const single = action === "assign-role" && holdsOneRole(company);
	return (
		<ConfirmDialog
			title={t(titles[action], { n: props.count })}
			confirm={t("users.show_preview")}
			run={() => props.plan({ [what]: chosen ?? "", ...(single ? { replace: true } : {}) })}
			close={props.close}
		>
			<p>{t(single ? "users.assign_single_lead" : "users.assign_lead")}</p>
			<Picker what={what} label={labelOf(company, what === "role" ? "roles" : "scopes")} take={setChosen} />
		</ConfirmDialog>
	);
}

interface Named {
	id: string;
	role?: string;
	scope?: string;
}

const SHOWN = 20;

// One role or scope of however many there are: the server searches.
export function Picker(props: { what: "role" | "scope"; label: string; take: (id: string | undefined) => void }) {
	const { what, label } = props;
	const [text, setText] = useState("");
	const [chosen, setChosen] = useState("");
	const loaded = useLoad(
		(signal) => list<Named>(`${what}s`, { contains: text.trim(), limit: SHOWN }, signal),
		[text.trim()],
	);
	const items = loaded.value?.items ?? [];
	return (
		<>
			<div class="field">
				<label for="pick-search">{t("users.pick_search")}</label>
				<input
					id="pick-search"
					type="search"
					autocomplete="off"
					value={text}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
			</div>
			<fieldset class="picks" aria-busy={loaded.busy}>
				<legend>{label}</legend>
				{loaded.error && <p class="error">{failureText(loaded.error)}</p>}
				{items.map((one) => (
					<label key={one.id} class="check">
						<input
							type="radio"
							name="pick"
							required
							checked={chosen === one.id}
							onChange={() => {
								setChosen(one.id);
								props.take(one.id);
							}}
						/>{" "}
						{one[what]}
					</label>
				))}
				{loaded.value && items.length === 0 && <p class="quiet">{t(text.trim() ? "users.pick_none" : "users.pick_empty")}</p>}
				{loaded.value?.next_cursor && <p class="quiet">{t("users.pick_more", { n: SHOWN })}</p>}
			</fieldset>
		</>
	);
}
