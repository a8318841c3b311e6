import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, getTagged, send } from "../../api";
import { t, tWord } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, setQuery, to } from "../../router";
import { Changed, type FormState, Form, Link, Page, Shown, Tabs, toast, useForm, useNames } from "../../ui";
import { Connection } from "./connection";
import { Groups } from "./groups";
import { Mapping } from "./mapping";
import { People } from "./people";
import { usePreflight } from "./preflight";
import { Running } from "./running";
import { asksForSecret, blank, bodyOf, fieldOf, patchOf, type Saved, type Setup, tabOf, typed } from "./setup";
import "../../style/directories.css";

// The API's name of a field is the form's.
async function named<T>(run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (reason) {
		const error = asApiError(reason);
		throw new ApiError(error.status, error.code, error.title, error.detail, fieldOf(error.attribute));
	}
}

// An error is seen only in its own tab.
function useTabOfError(form: FormState<Setup>) {
	useEffect(() => {
		const [field] = Object.keys(form.errors);
		const tab = field && tabOf(field);
		if (tab) setQuery({ tab: tab === "connection" ? null : tab }, { replace: true });
	}, [form.errors]);
}

function Body(props: { form: FormState<Setup>; saved: Saved | undefined; changed: ComponentChildren; submit: string; back: string }) {
	const { form, saved } = props;
	const before = saved ? typed(saved) : blank;
	const needed = asksForSecret(before, form.values, saved?.has_secret ?? false);
	// A name means one that is saved, whose secret is used as long as the place is the same.
	const preflight = usePreflight("directories/check", () => ({
		...bodyOf(form.values),
		name: saved?.name,
	}));
	useTabOfError(form);
	return (
		<Form form={form} submit={props.submit} always={!saved} cancel={() => go(props.back)} overtaken={props.changed}>
			<Tabs
				label={t("directories.setup")}
				tabs={[
					{
						name: "connection",
						title: t("directories.tab_connection"),
						show: () => <Connection form={form} preflight={preflight} secretNeeded={needed} hasSecret={saved?.has_secret ?? false} />,
					},
					{ name: "people", title: t("directories.tab_people"), show: () => <People form={form} /> },
					{
						name: "mapping",
						title: t("directories.tab_mapping"),
						show: () => <Mapping form={form} directory={saved?.name} />,
					},
					{
						name: "groups",
						title: t("directories.tab_groups"),
						show: () => <Groups form={form} checks={preflight.checks} />,
					},
					{ name: "running", title: t("directories.tab_running"), show: () => <Running form={form} /> },
				]}
			/>
			{!saved && <p class="quiet">{t("directories.create_safe")}</p>}
		</Form>
	);
}

function New() {
	const form = useForm<Setup>(blank, async (values) => {
		await named(() => send("POST", "directories", bodyOf(values)));
		toast(t("directories.created", { name: values.name }));
		go(to`/directories/${values.name}`);
	});
	return (
		<Page title={t("directories.create")} lead={t("directories.create_lead")} back={<Link to="/directories">{t("directories.title")}</Link>}>
			<Body form={form} saved={undefined} changed={null} submit={t("directories.create_submit")} back="/directories" />
		</Page>
	);
}

function labels(): Partial<Record<keyof Setup, string>> {
	const names = (Object.keys(blank) as (keyof Setup)[]).filter((name) => name !== "secret");
	return Object.fromEntries(names.map((name) => [name, tWord("directories.", name)]));
}

function Edit(props: { saved: Saved; tag: string | null }) {
	const { saved } = props;
	const [tag, setTag] = useState(props.tag);
	const [theirs, setTheirs] = useState<Saved>();
	const form = useForm<Setup>(typed(saved), async (values, changed) => {
		try {
			await named(() => send("PATCH", to`directories/${saved.id}`, patchOf(changed), { ifMatch: tag }));
		} catch (reason) {
			if (asApiError(reason).status === 412) {
				const now = await getTagged<Saved>(to`directories/${saved.id}`);
				setTheirs(now.value);
				setTag(now.tag);
			}
			throw reason;
		}
		toast(t("directories.saved", { name: values.name }));
		go(to`/directories/${values.name}`);
	});
	const changed = theirs && (
		<Changed
			mine={form.values}
			theirs={typed(theirs)}
			labels={labels()}
			keep={() => void form.submit()}
			take={() => {
				form.reset(typed(theirs));
				setTheirs(undefined);
			}}
		/>
	);
	return <Body form={form} saved={saved} changed={changed} submit={t("directories.save")} back={to`/directories/${saved.name}`} />;
}

export default function EditDirectory() {
	const { name } = useNames();
	if (name === undefined) return <New />;
	return <EditOf name={name} />;
}

function EditOf(props: { name: string }) {
	const loaded = useLoad((signal) => getTagged<Saved>(to`directories/${props.name}`, {}, signal), [props.name]);
	return (
		<Page
			title={t("directories.edit_of", { name: props.name })}
			back={<Link to={to`/directories/${props.name}`}>{props.name}</Link>}
		>
			<Shown of={loaded}>{({ value, tag }) => <Edit saved={value} tag={tag} />}</Shown>
		</Page>
	);
}
