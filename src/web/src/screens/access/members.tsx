import { useState } from "preact/hooks";
import { ApiError, list, send } from "../../api";
import { compare } from "../../filter";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { type Column, ConfirmDialog, DataTable, Empty, Failure, Pick, type Picked, toast } from "../../ui";
import { StateBadge } from "../users/columns";
import { nameOfRow, type UserRow } from "../users/people";

export type Kind = "role" | "scope" | "group";

export function peopleOf(id: string): string {
	return compare("groups.value", "eq", id);
}

export async function findPeople(text: string, signal: AbortSignal): Promise<Picked[]> {
	const found = await list<UserRow>("users", { contains: text, limit: 10, sort: "name" }, signal);
	return found.items.map((row) => ({ id: row.id, title: nameOfRow(row), note: [row.user, row.email].filter(Boolean).join(" · ") }));
}

function mayAssign(kind: Kind): boolean {
	if (kind === "group") return false;
	return kind === "scope" ? may("scopes.assign") : may("roles.assign") || may("roles.assign_any");
}

interface Told {
	warnings?: string[];
}

// The people of a role, a scope or a group, by pages, and who may takes some in or out. `one`: a
// person holds one role only, so that a new one takes the place of the other.
export function Members(props: { kind: Kind; id: string; name: string; one?: boolean; changed: () => void }) {
	const { kind, id, name } = props;
	const [error, setError] = useState<ApiError>();
	const [leaving, setLeaving] = useState<UserRow>();
	const [round, setRound] = useState(0);
	const change = mayAssign(kind);

	function done(text: string, told: Told | undefined) {
		toast(text);
		for (const warning of told?.warnings ?? []) toast(t("access.warned", { warning }), "warn");
		setRound((old) => old + 1);
		props.changed();
	}

	async function add(person: Picked) {
		setError(undefined);
		try {
			const told = props.one
				? await send<Told>("PATCH", to`users/${person.id}/access`, { roles: [id] })
				: await send<Told>("POST", `${to`${`${kind}s`}/${id}`}/members`, { user: person.id });
			done(t("access.member_added", { person: person.title, name }), told);
		} catch (reason) {
			setError(asApiError(reason));
		}
	}

	const columns: Column<UserRow>[] = [
		{ name: "name", title: t("access.person"), sort: "name", cell: nameOfRow },
		{ name: "user", title: t("access.user"), sort: "user", cell: (row) => row.user },
		{ name: "email", title: t("access.email"), sort: "email", cell: (row) => row.email || "–" },
		{ name: "state", title: t("access.state"), cell: (row) => <StateBadge of={row} /> },
	];
	if (change) {
		columns.push({
			name: "remove",
			title: t("access.actions"),
			cell: (row) => (
				<button type="button" class="plain" aria-label={t("access.member_remove_of", { person: nameOfRow(row) })} onClick={() => setLeaving(row)}>
					{t("access.member_remove")}
				</button>
			),
		});
	}
	if (!may("users.view")) return <p>{t("access.members_hidden")}</p>;
	return (
		<>
			{change && (
				<div class="form">
					<Pick
						label={t("access.member_add")}
						hint={t(props.one ? "access.member_add_one" : "access.member_add_hint")}
						search={findPeople}
						take={(person) => void add(person)}
					/>
				</div>
			)}
			{error && <Failure error={error} />}
			<DataTable<UserRow>
				name="members"
				caption={t("access.members_of", { name })}
				columns={columns}
				on={[round]}
				topics={["users", "roles", "scopes", "groups"]}
				views
				load={({ sort, order, cursor, limit, total }, signal) =>
					list<UserRow>("users", { sort: sort ?? "name", order, cursor, limit, total, filter: peopleOf(id) }, signal)
				}
				id={(row) => row.id}
				link={(row) => to`/users/${row.id}`}
				empty={
					<Empty kind="new" title={t("access.no_members")}>
						{t(change ? "access.no_members_lead" : "access.no_members_here")}
					</Empty>
				}
			/>
			{leaving && (
				<ConfirmDialog
					title={t("access.member_remove_title", { person: nameOfRow(leaving), name })}
					confirm={t("access.member_remove")}
					danger
					close={() => setLeaving(undefined)}
					run={async () => {
						const told = await send<Told>("DELETE", `${to`${`${kind}s`}/${id}`}/members/${leaving.id}`);
						done(t("access.member_removed", { person: nameOfRow(leaving), name }), told);
					}}
				>
					<p>{t(kind === "role" ? "access.member_remove_role" : "access.member_remove_scope")}</p>
				</ConfirmDialog>
			)}
		</>
	);
}
