import { day, t, tWord } from "../../i18n";
import { to } from "../../router";
import { may } from "../../session";
import { Badge, type Column, Link, Time, type Tone } from "../../ui";
import { type Company, labelOf } from "./company";
import { initials, nameOfRow, type UserRow, wasModified } from "./people";
import { type ColumnName, columnsOf } from "./preset";

const tones: Record<UserRow["state"], Tone> = { active: "good", invited: "info", inactive: "quiet" };

export function StateBadge(props: { of: { state: UserRow["state"]; locked: boolean } }) {
	const { state, locked } = props.of;
	return (
		<>
			<Badge tone={tones[state]}>{tWord("users.state_", state)}</Badge>
			{locked && (
				<>
					{" "}
					<Badge tone="warn">{t("users.locked")}</Badge>
				</>
			)}
		</>
	);
}

export function Never(props: { at: string | undefined }) {
	return props.at ? <Time at={props.at} relative /> : <span class="quiet">{t("users.never")}</span>;
}

// A role leads to its page, for whoever may see it.
export function Roles(props: { names: readonly string[]; ids: readonly string[] }) {
	if (props.names.length === 0) return <span class="quiet">{t("users.none")}</span>;
	return (
		<ul class="tags">
			{props.names.map((name, i) => (
				<li key={name}>
					{may("roles.view") ? <Link to={to`/roles/${props.ids[i] ?? name}`}>{name}</Link> : name}
				</li>
			))}
		</ul>
	);
}

export function Avatar(props: { name: string }) {
	return (
		<span class="avatar" aria-hidden="true">
			{initials(props.name)}
		</span>
	);
}

type Cell = Omit<Column<UserRow>, "name" | "title" | "chosen">;

const cells: Record<ColumnName, Cell> = {
	name: {
		sort: "name",
		cell: (row) => (
			<>
				<Avatar name={nameOfRow(row)} />
				{nameOfRow(row)}
			</>
		),
	},
	user: { sort: "user", cell: (row) => row.user },
	email: { sort: "email", cell: (row) => row.email || "–" },
	phone: { sort: "phone", cell: (row) => row.phone || "–" },
	roles: { cell: (row) => <Roles names={row.roles} ids={row.role_ids} /> },
	state: { sort: "active", cell: (row) => <StateBadge of={row} /> },
	last_login: { sort: "last_login", cell: (row) => <Never at={row.last_login} /> },
	user_type: { sort: "user_type", cell: (row) => row.user_type || "–" },
	identity: { cell: (row) => (row.identity ? tWord("users.identity_", row.identity) : "–") },
	modified: { sort: "modified", cell: (row) => <Never at={wasModified(row) ? row.modified : undefined} /> },
	full_access: { sort: "full_access", cell: (row) => t(row.full_access ? "users.yes" : "users.no") },
	title: { sort: "title", cell: (row) => row.title || "–" },
	organization: { sort: "organization", cell: (row) => row.organization || "–" },
	parent: { cell: (row) => row.parent || "–" },
	reports: { end: true, cell: (row) => row.reports },
	sources: { cell: (row) => row.sources.join(", ") || t("users.source_here") },
	created: { sort: "created", cell: (row) => day(row.created) },
};

export function columnsFor(company: Company): Column<UserRow>[] {
	return columnsOf(company.preset).map(({ name, chosen }) => ({
		...cells[name],
		name,
		chosen,
		title: name === "roles" ? labelOf(company, "roles") : t(`users.column_${name}`),
	}));
}
