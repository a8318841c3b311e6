import { effect, signal } from "@preact/signals";
import { type ComponentType } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { ApiError } from "./api";
import { languageOf, loadThemes, setLanguage, t } from "./i18n";
import { startLive } from "./live";
import { asApiError } from "./load";
import { startPresence } from "./presence";
import { match, path, startRouter, tenant } from "./router";
import { allowed, refused, type Screen, screens } from "./screens";
import { lost, resume, session, startSession } from "./session";
import { Frame } from "./frame";
import { SignIn } from "./sign-in";
import { Dialog } from "./ui/dialog";
import { Empty } from "./ui/empty";
import { Failure } from "./ui/failure";
import { startFocus } from "./ui/focus";
import { Keys } from "./ui/keys";
import { Link } from "./ui/link";
import { Names } from "./ui/names";
import { Page } from "./ui/page";
import { remembered } from "./ui/remember";
import { Said } from "./ui/say";

const failure = signal<ApiError | undefined>();
const begun = signal(false);

// Of who is signed in the own language, else the company's (the session tells them together), else
// English; what was chosen at the sign-in stands before that. Before it is known who it is, what the
// browser speaks.
async function speak(): Promise<void> {
	const who = session.value;
	const known = who ? [who.language, remembered("language")] : [remembered("language"), ...navigator.languages];
	await setLanguage(languageOf(...known));
}

export async function start(): Promise<void> {
	startPresence();
	startFocus();
	startRouter();
	startSession();
	begun.value = false;
	failure.value = undefined;
	try {
		await Promise.all([resume(), setLanguage(languageOf(remembered("language"), ...navigator.languages))]);
	} catch (error) {
		failure.value = asApiError(error);
	}
	await loadThemes("shell");
	await speak();
	begun.value = true;
	startLive();
	effect(() => {
		if (session.value) void speak();
	});
}

export function App() {
	if (!begun.value) return null;
	return (
		<>
			{failure.value ? (
				<main class="alone">
					<Failure error={failure.value} retry={() => location.reload()} />
				</main>
			) : session.value ? (
				<Frame>
					<Opened />
				</Frame>
			) : (
				<SignInPage />
			)}
			{lost.value && <SignInAgain />}
			<Keys />
			<Said />
		</>
	);
}

function SignInPage() {
	useEffect(() => {
		document.title = `${t("shell.sign_in")} · Muster`;
	}, []);
	return (
		<main class="alone">
			<h1>Muster</h1>
			<p class="lead">{t("shell.sign_in_lead")}</p>
			<SignIn />
		</main>
	);
}

// Over the page, which keeps what is being typed there.
function SignInAgain() {
	return (
		<Dialog title={t("shell.sign_in_again")}>
			<p>{t("shell.sign_in_again_lead")}</p>
			<SignIn />
		</Dialog>
	);
}

function find(at: string): { screen: Screen; names: Record<string, string> } | undefined {
	for (const screen of screens) {
		const names = match(screen.path, at);
		if (names) return { screen, names };
	}
	return undefined;
}

function serverAnswers(): Promise<boolean> {
	return fetch("/console/", { method: "HEAD" }).then(
		(response) => response.ok,
		() => false,
	);
}

// The files of a screen are gone when the server was replaced by another version: where it answers,
// the page is loaded anew, once.
async function openScreen(screen: Screen): Promise<Open> {
	try {
		const [module] = await Promise.all([screen.load(), loadThemes(...screen.themes)]);
		return { screen, show: module.default };
	} catch (error) {
		const answers = await serverAnswers();
		if (answers && history.state !== "reloaded") {
			history.replaceState("reloaded", "", location.href);
			location.reload();
		}
		return { screen, error: answers ? asApiError(error) : new ApiError(0, "unreachable", "") };
	}
}

interface Open {
	screen: Screen;
	show?: ComponentType;
	error?: ApiError;
}

// In the place of every screen, for who must choose a new password first.
const mustChange: Screen = {
	path: "",
	load: () => import("./screens/profile/must-change"),
	themes: ["profile"],
	title: "shell.password",
};

// What the page that refuses tells of the screen.
function namesOf(screen: Screen): Record<string, string> {
	return {
		permission: screen.permission ?? "",
		...(screen.operator ? { operators: "" } : {}),
		...(screen.company && tenant.value === null && session.value?.operator ? { company: "" } : {}),
	};
}

function Opened() {
	const forced = session.value?.must_change === true;
	const found = forced ? { screen: mustChange, names: {} } : find(path.value);
	const permitted = found !== undefined && (forced || allowed(found.screen));
	const screen = permitted ? found.screen : found && refused;
	const [open, setOpen] = useState<Open>();
	const [again, setAgain] = useState(0);

	useEffect(() => {
		if (!screen) return;
		let left = false;
		void openScreen(screen).then((next) => {
			if (!left) setOpen(next);
		});
		return () => {
			left = true;
		};
	}, [screen, again]);

	if (!found || !screen) return <Lost title={t("shell.no_page")} lead={t("shell.no_page_lead")} />;
	if (open?.screen !== screen) {
		return (
			<p class="waiting" aria-busy="true">
				{t("shell.loading")}
			</p>
		);
	}
	if (open.error) return <Failure error={open.error} retry={() => setAgain(again + 1)} />;
	const Show = open.show;
	return Show ? (
		<Names.Provider value={permitted ? found.names : namesOf(found.screen)} key={`${tenant.value}${path.value}`}>
			<Kept show={Show} />
		</Names.Provider>
	) : null;
}

// A screen that breaks while it is drawn leaves the menu, and says so.
function Kept({ show: Show }: { show: ComponentType }) {
	const [error, again] = useErrorBoundary();
	return error ? <Failure error={asApiError(error)} retry={again} /> : <Show />;
}

function Lost(props: { title: string; lead: string }) {
	return (
		<Page title={props.title}>
			<Empty kind="none" title={props.title} action={<Link to="/">{t("shell.menu_status")}</Link>}>
				{props.lead}
			</Empty>
		</Page>
	);
}
