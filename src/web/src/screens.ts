// The screens of the console, a row each.
//
// To add one: a component `export default function Users() {...}` in screens/<theme>/<name>.tsx, made
// of the parts of ui/ (ui/index.ts tells of them) and of useLoad and list/get/send; its texts in
// text/{en,de,id,es}/<theme>.ts and a row in text/themes.ts; a row here. The component finds the names
// of its path by useNames() ({ id } of "/users/:id"), its state in the query. A row with a `group` is
// in the menu, under `title`, for whoever has the permission; one without is reached by links. The
// folder of a screen becomes a part of its own that is fetched when it is first opened. What must
// hold for every screen (no axe violation, no overflow, a clean console) is checked by a row in
// tests/web/screens/<theme>.js.
import type { ComponentType } from "preact";
import type { TextKey, Theme } from "./i18n";
import { tenant } from "./router";
import { isForeign, may, session } from "./session";

export type Group = "sync" | "people" | "access" | "system" | "operator";

export interface Screen {
	path: string;
	load: () => Promise<{ default: ComponentType }>;
	themes: Theme[];
	title: TextKey;
	permission?: string; // without: for everybody who is signed in
	or?: string; // another one that opens it too
	operator?: boolean; // only in the operators' own company
	company?: boolean; // not in the operators' own company, which has none of it
	group?: Group;
}

export const groups: readonly Group[] = ["operator", "sync", "people", "access", "system"];

export const screens: readonly Screen[] = [
	{ path: "/", load: () => import("./screens/status/status"), themes: ["status"], title: "shell.menu_status", group: "sync" },
	{ path: "/conflicts", load: () => import("./screens/conflicts/list"), themes: ["conflicts", "person"], title: "shell.menu_conflicts", permission: "integrations.manage", group: "sync" },
	{ path: "/conflicts/:id", load: () => import("./screens/conflicts/detail"), themes: ["conflicts", "person"], title: "shell.menu_conflicts", permission: "integrations.manage" },
	{ path: "/plans", load: () => import("./screens/plans/list"), themes: ["plans"], title: "shell.menu_plans", permission: "directories.manage", group: "sync" },
	{ path: "/plans/:id", load: () => import("./screens/plans/detail"), themes: ["plans", "conflicts", "person"], title: "shell.menu_plans", permission: "directories.manage" },
	{ path: "/held", load: () => import("./screens/plans/held"), themes: ["plans", "conflicts", "person"], title: "shell.menu_held", permission: "integrations.manage", group: "sync" },
	{ path: "/directories", load: () => import("./screens/directories/list"), themes: ["directories", "provisioning", "status"], title: "shell.menu_directories", permission: "directories.manage", group: "sync" },
	{ path: "/directories/new", load: () => import("./screens/directories/edit"), themes: ["directories", "provisioning", "status", "person", "reasons"], title: "shell.menu_directories", permission: "directories.manage" },
	{ path: "/directories/:name", load: () => import("./screens/directories/detail"), themes: ["directories", "provisioning", "status"], title: "shell.menu_directories", permission: "directories.manage" },
	{ path: "/directories/:name/edit", load: () => import("./screens/directories/edit"), themes: ["directories", "provisioning", "status", "person", "reasons"], title: "shell.menu_directories", permission: "directories.manage" },
	{ path: "/directories/:name/person", load: () => import("./screens/directories/person"), themes: ["directories", "provisioning", "status", "person"], title: "shell.menu_directories", permission: "directories.manage" },
	{ path: "/runs", load: () => import("./screens/provisioning/runs"), themes: ["provisioning", "status"], title: "shell.menu_runs", permission: "directories.manage", group: "sync" },
	{ path: "/provisioning", load: () => import("./screens/provisioning/log"), themes: ["provisioning", "person"], title: "shell.menu_provisioning", permission: "integrations.manage", group: "sync" },
	{ path: "/users", load: () => import("./screens/users/list"), themes: ["users"], title: "shell.menu_users", permission: "users.view", group: "people" },
	{ path: "/users/tree", load: () => import("./screens/users/tree"), themes: ["users"], title: "shell.menu_tree", permission: "users.view", group: "people" },
	{ path: "/users/new", load: () => import("./screens/person/create"), themes: ["person", "users"], title: "shell.menu_users", permission: "users.create" },
	{ path: "/users/:id", load: () => import("./screens/person/detail"), themes: ["person", "users", "provisioning"], title: "shell.menu_users", permission: "users.view" },
	{ path: "/users/:id/edit", load: () => import("./screens/person/edit"), themes: ["person", "users"], title: "shell.menu_users", permission: "users.edit" },
	{ path: "/jobs", load: () => import("./screens/users/jobs"), themes: ["users"], title: "shell.menu_jobs", permission: "users.view", or: "integrations.manage", group: "people" },
	{ path: "/jobs/:job", load: () => import("./screens/users/job"), themes: ["users", "conflicts"], title: "shell.menu_jobs" },
	{ path: "/imports", load: () => import("./screens/imports/list"), themes: ["imports"], title: "shell.menu_imports", permission: "users.create", group: "people" },
	{ path: "/imports/:id", load: () => import("./screens/imports/detail"), themes: ["imports"], title: "shell.menu_imports", permission: "users.create" },
	{ path: "/groups", load: () => import("./screens/access/groups"), themes: ["access", "users"], title: "shell.menu_groups", permission: "groups.view", group: "people" },
	{ path: "/groups/:id", load: () => import("./screens/access/group"), themes: ["access", "users"], title: "shell.menu_groups", permission: "groups.view" },
	{ path: "/roles", load: () => import("./screens/access/roles"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.view", group: "access" },
	{ path: "/roles/new", load: () => import("./screens/access/role-new"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.edit" },
	{ path: "/roles/matrix", load: () => import("./screens/access/matrix"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.view" },
	{ path: "/roles/:id", load: () => import("./screens/access/role"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.view" },
	{ path: "/roles/:id/edit", load: () => import("./screens/access/role-edit"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.edit" },
	{ path: "/permissions", load: () => import("./screens/access/permissions"), themes: ["access", "users"], title: "shell.menu_roles", permission: "roles.view" },
	{ path: "/scopes", load: () => import("./screens/access/scopes"), themes: ["access", "users"], title: "shell.menu_scopes", permission: "scopes.view", group: "access" },
	{ path: "/scopes/:id", load: () => import("./screens/access/scope"), themes: ["access", "users"], title: "shell.menu_scopes", permission: "scopes.view" },
	{ path: "/audit", load: () => import("./screens/audit/audit"), themes: ["audit", "person"], title: "shell.menu_audit", permission: "audit.view", group: "access" },
	{ path: "/tokens", load: () => import("./screens/tokens/list"), themes: ["tokens", "access"], title: "shell.menu_tokens", permission: "clients.manage", group: "system" },
	{ path: "/tokens/:name", load: () => import("./screens/tokens/detail"), themes: ["tokens", "access"], title: "shell.menu_tokens", permission: "clients.manage" },
	{ path: "/service-accounts", load: () => import("./screens/tokens/services"), themes: ["tokens", "access"], title: "shell.menu_service_accounts", permission: "clients.manage", group: "system" },
	{ path: "/service-accounts/:name", load: () => import("./screens/tokens/service"), themes: ["tokens", "access"], title: "shell.menu_service_accounts", permission: "clients.manage" },
	{ path: "/tenants", load: () => import("./screens/operator/companies"), themes: ["operator"], title: "shell.menu_tenants", permission: "companies.manage", operator: true, group: "operator" },
	{ path: "/tenants/:name", load: () => import("./screens/operator/detail"), themes: ["operator", "status"], title: "shell.menu_tenants", permission: "companies.manage", operator: true },
	{ path: "/all/audit", load: () => import("./screens/operator/audit"), themes: ["operator", "audit", "person"], title: "shell.menu_audit_all", permission: "audit.view_all", operator: true, group: "operator" },
	{ path: "/data-requests", load: () => import("./screens/operator/data-requests"), themes: ["operator"], title: "shell.menu_data_requests", permission: "data_requests.manage", operator: true, group: "operator" },
	{ path: "/webhooks/:name", load: () => import("./screens/tokens/webhook"), themes: ["tokens"], title: "shell.menu_webhooks", permission: "webhooks.manage" },
	{ path: "/webhooks", load: () => import("./screens/tokens/webhooks"), themes: ["tokens"], title: "shell.menu_webhooks", permission: "webhooks.manage", group: "system" },
	{ path: "/settings", load: () => import("./screens/settings/company"), themes: ["settings"], title: "shell.menu_settings", permission: "settings.edit", company: true, group: "system" },
	{ path: "/policies", load: () => import("./screens/settings/policies"), themes: ["policies"], title: "shell.menu_policies", permission: "settings.edit", company: true, group: "system" },
	{ path: "/policies/:name", load: () => import("./screens/settings/policy"), themes: ["policies"], title: "shell.menu_policies", permission: "settings.edit", company: true },
	{ path: "/profile", load: () => import("./screens/profile/profile"), themes: ["profile"], title: "shell.menu_profile" },
];

// In place of a screen that is not for who has signed in.
export const refused: Screen = {
	path: "",
	load: () => import("./screens/refused/refused"),
	themes: ["refused"],
	title: "shell.not_allowed",
};

function permits(screen: Screen, at: string | null): boolean {
	if (screen.company && session.value?.operator && at === null) return false;
	if (screen.operator && (!session.value?.operator || at !== null)) return false;
	return screen.permission === undefined || may(screen.permission) || (screen.or !== undefined && may(screen.or));
}

export function allowed(screen: Screen): boolean {
	return !isForeign.value && permits(screen, tenant.value);
}

// In another's company the menu leads home.
export function inMenu(screen: Screen): boolean {
	return permits(screen, isForeign.value ? null : tenant.value);
}
