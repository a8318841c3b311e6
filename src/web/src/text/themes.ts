// The catalogues. A theme is a file text/<language>/<theme>.ts in each language, with the same keys:
// the English one says which there are (export default {...}), the others are checked against it
// (export default {...} satisfies Catalogue<typeof en>). One row here makes a theme known; its texts
// are then t("<theme>.<key>"). They are loaded with the screens that name the theme (screens.ts).
//
// A text is a string with {names} for what is put in, or { one, other } when it depends on {n}.

export const languages = ["en", "de", "id", "es"] as const;
export type Language = (typeof languages)[number];

export type Text = string | { one: string; other: string };
export type Catalogue<English> = Record<keyof English, Text>;

type Loader<T> = () => Promise<{ default: T }>;
function theme<English>(
	en: Loader<English>,
	de: Loader<Catalogue<English>>,
	id: Loader<Catalogue<English>>,
	es: Loader<Catalogue<English>>,
) {
	return { en, de, id, es };
}

export const themes = {
	shell: theme(
		() => import("./en/shell"),
		() => import("./de/shell"),
		() => import("./id/shell"),
		() => import("./es/shell"),
	),
	errors: theme(
		() => import("./en/errors"),
		() => import("./de/errors"),
		() => import("./id/errors"),
		() => import("./es/errors"),
	),
	reasons: theme(
		() => import("./en/reasons"),
		() => import("./de/reasons"),
		() => import("./id/reasons"),
		() => import("./es/reasons"),
	),
	status: theme(
		() => import("./en/status"),
		() => import("./de/status"),
		() => import("./id/status"),
		() => import("./es/status"),
	),
	person: theme(
		() => import("./en/person"),
		() => import("./de/person"),
		() => import("./id/person"),
		() => import("./es/person"),
	),
	users: theme(
		() => import("./en/users"),
		() => import("./de/users"),
		() => import("./id/users"),
		() => import("./es/users"),
	),
	conflicts: theme(
		() => import("./en/conflicts"),
		() => import("./de/conflicts"),
		() => import("./id/conflicts"),
		() => import("./es/conflicts"),
	),
	plans: theme(
		() => import("./en/plans"),
		() => import("./de/plans"),
		() => import("./id/plans"),
		() => import("./es/plans"),
	),
	imports: theme(
		() => import("./en/imports"),
		() => import("./de/imports"),
		() => import("./id/imports"),
		() => import("./es/imports"),
	),
	access: theme(
		() => import("./en/access"),
		() => import("./de/access"),
		() => import("./id/access"),
		() => import("./es/access"),
	),
	audit: theme(
		() => import("./en/audit"),
		() => import("./de/audit"),
		() => import("./id/audit"),
		() => import("./es/audit"),
	),
	directories: theme(
		() => import("./en/directories"),
		() => import("./de/directories"),
		() => import("./id/directories"),
		() => import("./es/directories"),
	),
	provisioning: theme(
		() => import("./en/provisioning"),
		() => import("./de/provisioning"),
		() => import("./id/provisioning"),
		() => import("./es/provisioning"),
	),
	tokens: theme(
		() => import("./en/tokens"),
		() => import("./de/tokens"),
		() => import("./id/tokens"),
		() => import("./es/tokens"),
	),
	settings: theme(
		() => import("./en/settings"),
		() => import("./de/settings"),
		() => import("./id/settings"),
		() => import("./es/settings"),
	),
	policies: theme(
		() => import("./en/policies"),
		() => import("./de/policies"),
		() => import("./id/policies"),
		() => import("./es/policies"),
	),
	profile: theme(
		() => import("./en/profile"),
		() => import("./de/profile"),
		() => import("./id/profile"),
		() => import("./es/profile"),
	),
	operator: theme(
		() => import("./en/operator"),
		() => import("./de/operator"),
		() => import("./id/operator"),
		() => import("./es/operator"),
	),
	refused: theme(
		() => import("./en/refused"),
		() => import("./de/refused"),
		() => import("./id/refused"),
		() => import("./es/refused"),
	),
};

export type Theme = keyof typeof themes;
type KeysOf<T extends Theme> = (typeof themes)[T] extends { en: Loader<infer English> }
	? `${T}.${keyof English & string}`
	: never;
export type TextKey = { [T in Theme]: KeysOf<T> }[Theme];
