import { useState } from "preact/hooks";
import { send } from "../../api";
import { t } from "../../i18n";
import { useLoad } from "../../load";
import { query, setQuery, to } from "../../router";
import { Actions, Badge, ConfirmDialog, Empty, Field, Link, Page, Section, Shown, toast, useNames } from "../../ui";
import { outcomeOf, type Step, wouldChange } from "./steps";
import { Mapped, StepList } from "./step-list";
import "../../style/directories.css";

// Finds one person in the directory and says step by step what becomes of them; nothing is done until
// that is asked for.
export default function ProvisionPerson() {
	const { name = "" } = useNames();
	const person = query.value.get("person") ?? "";
	const [typed, setTyped] = useState(person);
	const [asking, setAsking] = useState(false);
	const [done, setDone] = useState<Step[]>();
	const target = to`directories/${name}/person`;
	const loaded = useLoad(
		async (signal) => (person === "" ? undefined : send<{ items: Step[] }>("POST", target, { person }, { signal })),
		[name, person],
	);

	function look(event: Event) {
		event.preventDefault();
		setDone(undefined);
		if (typed.trim() === person) loaded.reload();
		else setQuery({ person: typed.trim() });
	}

	return (
		<Page
			title={t("directories.person")}
			lead={t("directories.person_lead")}
			back={<Link to={to`/directories/${name}`}>{name}</Link>}
		>
			<form class="form" onSubmit={look}>
				<Field
					label={t("directories.preview_person")}
					hint={t("directories.preview_hint")}
					control={(wired) => (
						<input
							{...wired}
							name="person"
							required
							autocomplete="off"
							value={typed}
							onInput={(event) => setTyped(event.currentTarget.value)}
						/>
					)}
				/>
				<Actions>
					<button type="submit" class="primary" disabled={loaded.busy && person !== ""}>
						{t("directories.person_look")}
					</button>
				</Actions>
			</form>
			{person === "" ? (
				<Empty kind="new" title={t("directories.person_none")}>
					{t("directories.person_none_lead")}
				</Empty>
			) : (
				<Shown of={loaded}>
					{(answer) => {
						const outcome = outcomeOf(done ?? answer?.items ?? []);
						return (
							<Section
								title={person}
								actions={
									!done && wouldChange(outcome) && (
										<button type="button" onClick={() => setAsking(true)}>
											{t("directories.person_apply")}
										</button>
									)
								}
							>
								<p>
									<Badge tone={done ? "good" : "info"}>{t(done ? "directories.person_done" : "directories.person_dry")}</Badge>
								</p>
								<StepList of={outcome.steps} />
								<Mapped of={outcome} />
							</Section>
						);
					}}
				</Shown>
			)}
			{asking && (
				<ConfirmDialog
					title={t("directories.person_apply_title", { person })}
					confirm={t("directories.person_apply")}
					run={async () => {
						const { items } = await send<{ items: Step[] }>("POST", target, { person, apply: true });
						setDone(items);
						toast(t("directories.person_done"));
					}}
					close={() => setAsking(false)}
				>
					<p>{t("directories.person_apply_lead", { directory: name })}</p>
				</ConfirmDialog>
			)}
		</Page>
	);
}
