import { useState } from "preact/hooks";
import { get } from "../../api";
import { number, t } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { Badge, Empty, Fact, Facts, Link, Page, Shown, Tabs, Time, useNames } from "../../ui";
import { holdsOneRole, useCompany } from "../users/company";
import { usePermissions } from "./catalogue";
import { Members } from "./members";
import { PermissionList } from "./permission-fields";
import { DeleteRole, DuplicateRole, type Named } from "./role-dialogs";
import { catalogueOf, type Role } from "./rows";
import "../../style/access.css";

function Permissions(props: { of: Role }) {
	const known = usePermissions();
	const held = props.of.permission ?? [];
	if (held.length === 0) {
		return (
			<Empty kind="new" title={t("access.no_permissions")}>
				{t("access.no_permissions_lead")}
			</Empty>
		);
	}
	return <Shown of={known}>{(permissions) => <PermissionList of={catalogueOf(permissions)} held={held} />}</Shown>;
}

export default function RolePage() {
	const { id = "" } = useNames();
	const company = useCompany();
	const [asked, setAsked] = useState<"copy" | "remove">();
	const loaded = useLoad((signal) => get<Role>(to`roles/${id}`, { limit: 0 }, signal), [id], ["roles"]);
	const role = loaded.value;
	const name = role?.common_name ?? "";
	const of: Named = { id: role?.id ?? id, name };
	return (
		<Page
			title={name || t("access.role")}
			lead={role?.description?.[0]}
			back={<Link to="/roles">{t("access.back_to_roles")}</Link>}
			actions={
				role && (
					<>
						{may("audit.view") && (
							<Link to={`/audit?target=${role.id}`} class="button">
								{t("access.history")}
							</Link>
						)}
						{may("roles.edit") && (
							<>
								<button type="button" onClick={() => setAsked("copy")}>
									{t("access.duplicate_ask")}
								</button>
								{!role.built_in && (
									<>
										<button type="button" class="danger" onClick={() => setAsked("remove")}>
											{t("access.delete_ask")}
										</button>
										<Link to={to`/roles/${role.id}/edit`} class="button primary">
											{t("access.edit")}
										</Link>
									</>
								)}
							</>
						)}
					</>
				)
			}
		>
			<Shown of={loaded}>
				{(role) => (
					<div class="page">
						<Facts>
							<Fact name={t("access.kind")}>
								<Badge tone={role.built_in ? "quiet" : "info"}>{t(role.built_in ? "access.built_in" : "access.own")}</Badge>
							</Fact>
							<Fact name={t("access.members")}>{number(role.member_count)}</Fact>
							<Fact name={t("access.permissions")}>{number(role.permission?.length ?? 0)}</Fact>
							{role.level !== undefined && <Fact name={t("access.level")}>{role.level}</Fact>}
							<Fact name={t("access.modified")}>
								<Time at={role.modified} />
							</Fact>
						</Facts>
						{role.built_in && may("roles.edit") && <p class="quiet">{t("access.built_in_lead")}</p>}
						<Tabs
							label={role.common_name}
							tabs={[
								{ name: "permissions", title: t("access.permissions"), show: () => <Permissions of={role} /> },
								{
									name: "members",
									title: t("access.members_count", { n: role.member_count }),
									show: () => (
										<Members
											kind="role"
											id={role.id}
											name={role.common_name}
											one={holdsOneRole(company)}
											changed={loaded.reload}
										/>
									),
								},
							]}
						/>
					</div>
				)}
			</Shown>
			{asked === "copy" && <DuplicateRole of={of} close={() => setAsked(undefined)} />}
			{asked === "remove" && <DeleteRole of={of} close={() => setAsked(undefined)} done={() => go("/roles")} />}
		</Page>
	);
}
