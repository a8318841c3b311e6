import { useRef } from "preact/hooks";
import { getTagged, send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { AreaField, ConfirmDialog, Dialog, Form, Overtaken, Shown, TextField, toast, useForm } from "../../ui";
import { type Company, emptyScopeMeansAll } from "../users/company";
import { Holders } from "./holders";
import type { Scope } from "./rows";

interface Values {
	name: string;
	scope: string; // what the API calls the name of a new one
	description: string;
}

function readScope(id: string, signal?: AbortSignal) {
	return getTagged<Scope>(to`scopes/${id}`, { limit: 0 }, signal);
}

function valuesOf(scope: Scope): Values {
	return { name: scope.common_name, scope: scope.common_name, description: scope.description?.[0] ?? "" };
}

// A scope's name and description; `of` absent: a new one.
export function ScopeDialog(props: { of?: Scope; close: () => void; done: (id: string) => void }) {
	const { of } = props;
	const name = of?.common_name ?? "";
	const tag = useRef<string | null>(null);
	const read = useLoad(
		async (signal) => {
			if (!of) return null;
			const found = await readScope(of.id, signal);
			// That of what the form began with: it may be read again, after another sign-in.
			tag.current ??= found.tag;
			return found.value;
		},
		[of?.id],
	);
	const begin = of ? valuesOf(of) : { name: "", scope: "", description: "" };
	const form = useForm<Values>(begin, async ({ scope, description }) => {
		const said = { description: description || null };
		if (of) {
			await send("PATCH", to`scopes/${of.id}`, { name: scope.trim(), ...said }, { ifMatch: tag.current });
			toast(t("access.scope_saved", { name: scope.trim() }));
			props.done(of.id);
		} else {
			const made = await send<{ id: string }>("POST", "scopes", {
				scope: scope.trim(),
				...(description ? { description } : {}),
			});
			toast(t("access.scope_created", { name: scope.trim() }));
			props.done(made.id);
		}
		props.close();
	});
	const errors = form.errors.name ? { ...form.errors, scope: form.errors.name } : form.errors;
	const shown = { ...form, errors };
	const overtaken = of && (
		<Overtaken
			form={form}
			labels={{ scope: t("access.name"), description: t("access.description") }}
			load={async () => {
				const now = await readScope(of.id);
				return { value: valuesOf(now.value), tag: now.tag };
			}}
			retag={(next) => (tag.current = next)}
		/>
	);
	return (
		<Dialog title={of ? t("access.scope_edit", { name }) : t("access.scope_new")} close={props.close}>
			<Shown of={read}>
				{() => (
					<Form form={shown} submit={t(of ? "access.save" : "access.scope_create")} always={!of} cancel={props.close} overtaken={overtaken}>
						<TextField form={shown} name="scope" label={t("access.name")} required maxLength={128} />
						<AreaField form={shown} name="description" label={t("access.description")} required={false} rows={2} />
					</Form>
				)}
			</Shown>
		</Dialog>
	);
}

// Who loses the last scope may see more afterwards or nothing: which, is said before.
export function DeleteScope(props: { of: Scope; company: Company; close: () => void; done: () => void }) {
	const { of } = props;
	const name = of.common_name;
	return (
		<ConfirmDialog
			title={t("access.scope_delete_title", { name })}
			confirm={t("access.scope_delete")}
			danger
			typed={name}
			close={props.close}
			run={async () => {
				const { tag } = await readScope(of.id);
				await send("DELETE", to`scopes/${of.id}`, undefined, { ifMatch: tag });
				toast(t("access.scope_deleted", { name }));
				props.done();
			}}
		>
			{of.member_count > 0 ? (
				<>
					<p>
						<strong>{t("access.scope_delete_members", { n: of.member_count })}</strong>{" "}
						{t(emptyScopeMeansAll(props.company) ? "access.empty_means_all" : "access.empty_means_none")}
					</p>
					<Holders id={of.id} count={of.member_count} all={to`/scopes/${of.id}`} left={props.close} />
				</>
			) : (
				<p>{t("access.scope_delete_nobody")}</p>
			)}
			{of.scope_kind && <p>{t("access.scope_delete_platform")}</p>}
		</ConfirmDialog>
	);
}
