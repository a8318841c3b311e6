import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { language, type Language, languageNames, languages, t, zone } from "./i18n";
import { streaming } from "./live";
import { asApiError } from "./load";
import { path, tenant, to } from "./router";
import { groups, inMenu, screens } from "./screens";
import { editOwn, isForeign, may, session, signOut } from "./session";
import { failureText } from "./ui/failure";
import { Link } from "./ui/link";
import { Menu, MenuItem, MenuLink } from "./ui/menu";
import { toast } from "./ui/say";

// What is around each screen.
export function Frame(props: { children: ComponentChildren }) {
	const [open, setOpen] = useState(false);
	useEffect(() => setOpen(false), [path.value]);
	return (
		<>
			<a class="skip" href="#main">
				{t("shell.skip")}
			</a>
			<header class="top">
				<button
					type="button"
					class="plain burger"
					aria-expanded={open}
					aria-controls="menu"
					onClick={() => setOpen(!open)}
				>
					<span aria-hidden="true">☰</span> {t("shell.menu")}
				</button>
				<Link to="/" class="brand">
					Muster
				</Link>
				<Company />
				<Person />
			</header>
			<Visiting />
			<div class="below-top">
				<nav id="menu" class={open ? "side open" : "side"} aria-label={t("shell.menu")}>
					<Choices />
				</nav>
				<main id="main" tabIndex={-1}>
					{props.children}
				</main>
			</div>
			<footer class="foot">
				<span>Muster {session.value?.version}</span>
				<span>{t("shell.times_in", { zone: zone() })}</span>
				<span>{streaming.value ? t("shell.live") : t("shell.live_polling")}</span>
			</footer>
		</>
	);
}

function Company() {
	const who = session.value;
	if (tenant.value !== null) return <span class="company">{tenant.value}</span>;
	return <span class="company">{who?.operator ? t("shell.group_operator") : who?.tenant_name}</span>;
}

// That one is in a company that is not one's own, and the way back to where one came from.
function Visiting() {
	const company = tenant.value;
	if (company === null || !session.value?.operator) return null;
	return (
		<div class="visiting" role="region" aria-label={t("shell.visiting_label")}>
			<p>{t("shell.visiting", { company })}</p>
			<Link class="button" to={may("companies.manage") ? to`/tenants/${company}` : "/"} within={null}>
				{t("shell.leave_company")}
			</Link>
		</div>
	);
}

// The choice is the person's, on every machine: the page speaks as the session then says.
function speak(one: Language) {
	editOwn({ language: one }).catch((error: unknown) => toast(failureText(asApiError(error)), "bad"));
}

function Person() {
	const who = session.value;
	return (
		<Menu label={who?.display_name || who?.user_name} class="plain person">
			{screens.some((screen) => screen.path === "/profile") && (
				<MenuLink to="/profile" within={null}>
					{t("shell.menu_profile")}
				</MenuLink>
			)}
			{languages.map((one) => (
				<MenuItem key={one} run={() => speak(one)}>
					<span lang={one}>{languageNames[one]}</span> {one === language.value && <span aria-hidden="true">✓</span>}
				</MenuItem>
			))}
			<MenuItem run={() => signOut().catch((error: unknown) => toast(failureText(asApiError(error)), "bad"))}>{t("shell.sign_out")}</MenuItem>
		</Menu>
	);
}

function isBelow(screen: string): boolean {
	return screen === "/" ? path.value === "/" : path.value === screen || path.value.startsWith(`${screen}/`);
}

// Of two choices that a page is below the nearer one is where it is.
function isWithin(screen: string): boolean {
	return isBelow(screen) && !screens.some((other) => other.group && other.path.startsWith(`${screen}/`) && isBelow(other.path));
}

function Choices() {
	const within = isForeign.value ? null : undefined;
	return (
		<>
			{groups.map((group) => {
				const rows = screens.filter((screen) => screen.group === group && inMenu(screen));
				if (rows.length === 0) return null;
				return (
					<div key={group} class="choices">
						<h2 id={`menu-${group}`}>{t(`shell.group_${group}`)}</h2>
						<ul aria-labelledby={`menu-${group}`}>
							{rows.map((screen) => (
								<li key={screen.path}>
									<Link to={screen.path} within={within} current={within !== null && isWithin(screen.path)}>
										{t(screen.title)}
									</Link>
								</li>
							))}
						</ul>
					</div>
				);
			})}
		</>
	);
}
