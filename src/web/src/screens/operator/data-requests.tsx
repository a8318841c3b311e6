import { useState } from "preact/hooks";
import { type ApiError, list } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { to } from "../../router";
import { may } from "../../session";
import { announce, Badge, Empty, Failure, FewRows, Form, Link, Page, Section, TextField, toast, useForm } from "../../ui";
import { askFor, keep, type Subject, type Why, wholeOf } from "./subject";

interface Asked extends Why {
	text: string;
}

function Take(props: { of: Subject; why: Why }) {
	const { of: subject, why } = props;
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();
	async function take() {
		setBusy(true);
		setError(undefined);
		try {
			keep(`${subject.tenant}-${subject.id}.json`, await wholeOf(askFor(subject, why)));
			toast(t("operator.subject_taken", { name: subject.name || subject.user, company: subject.tenant }));
		} catch (reason) {
			setError(asApiError(reason));
		}
		setBusy(false);
	}
	return (
		<>
			<button type="button" disabled={busy} onClick={() => void take()}>
				{t("operator.subject_take")}
				<span class="hidden"> {t("operator.subject_of", { name: subject.name || subject.user, company: subject.tenant })}</span>
			</button>
			{error && <Failure error={error} />}
		</>
	);
}

function PersonName(props: { of: Subject }) {
	const { of: subject } = props;
	const name = subject.name || subject.user || subject.id;
	if (subject.deleted || !may("tenants.switch")) return <>{name}</>;
	return (
		<Link to={to`/users/${subject.id}`} within={subject.tenant}>
			{name}
		</Link>
	);
}

function Standing(props: { of: Subject }) {
	return props.of.deleted ? (
		<Badge tone="quiet">{t("operator.subject_deleted")}</Badge>
	) : (
		<Badge tone="good">{t("operator.subject_there")}</Badge>
	);
}

function Found(props: { of: readonly Subject[]; why: Why }) {
	if (props.of.length === 0) return <Empty kind="none" title={t("operator.subject_none")}>{t("operator.subject_none_lead")}</Empty>;
	return (
		<FewRows<Subject>
			caption={t("operator.subjects")}
			rows={props.of}
			id={(one) => `${one.tenant} ${one.id}`}
			columns={[
				{ name: "person", title: t("operator.subject"), cell: (one) => <PersonName of={one} /> },
				{ name: "company", title: t("operator.company"), cell: (one) => one.tenant },
				{ name: "user", title: t("operator.subject_user"), cell: (one) => one.user || "–" },
				{ name: "email", title: t("operator.subject_email"), cell: (one) => one.email || "–" },
				{ name: "state", title: t("operator.state"), cell: (one) => <Standing of={one} /> },
				{ name: "file", title: t("operator.subject_file"), cell: (one) => <Take of={one} why={props.why} /> },
			]}
		/>
	);
}

// Answers somebody who asks what is known of them, whichever companies they work for. What is asked
// stays out of the address: it is about a person, and each question leaves a row in the audit.
export default function DataRequests() {
	const [found, setFound] = useState<{ subjects: Subject[]; why: Why }>();
	const form = useForm<Asked>({ text: "", reason: "", reference: "" }, async ({ text, reason, reference }) => {
		const { items } = await list<Subject>("/api/v1/data-requests", { text, reason, reference });
		setFound({ subjects: items, why: { reason, reference } });
		announce(t("operator.subjects_found", { n: items.length }));
	});
	return (
		<Page title={t("shell.menu_data_requests")} lead={t("operator.data_requests_lead")}>
			<Form form={form} submit={t("operator.subject_find")} always>
				<TextField form={form} name="text" label={t("operator.subject_text")} hint={t("operator.subject_text_hint")} required autocomplete="off" />
				<TextField form={form} name="reason" label={t("operator.subject_reason")} hint={t("operator.subject_reason_hint")} required autocomplete="off" />
				<TextField form={form} name="reference" label={t("operator.subject_reference")} hint={t("operator.subject_reference_hint")} required={false} autocomplete="off" />
			</Form>
			{found && (
				<Section title={t("operator.subjects")}>
					<Found of={found.subjects} why={found.why} />
				</Section>
			)}
		</Page>
	);
}
