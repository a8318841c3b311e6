import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { query, to } from "../../router";
import { Badge, type Column, DataTable, Empty, type Filter, Filters, filtersOf, Link, Page, reasonOf, Time } from "../../ui";
import { kindsOf, type Plan, states, toneOf } from "./plan";
import "../../style/sync.css";

const MANY = 200; // of directories: more are named in the address

function useFilters(): Filter[] {
	const loaded = useLoad((signal) => list<{ name: string }>("directories", { limit: MANY }, signal), [], ["directories"]);
	const names = loaded.value?.items.map((one) => one.name) ?? [];
	const asked = query.value.get("directory");
	if (asked && !names.includes(asked)) names.push(asked);
	return [
		{
			name: "state",
			title: t("plans.state"),
			options: states.map((state) => ({ value: state, title: tWord("plans.state_", state) })),
		},
		{ name: "directory", title: t("plans.directory"), options: names.map((name) => ({ value: name, title: name })) },
	];
}

export function State(props: { of: string }) {
	return <Badge tone={toneOf(props.of)}>{tWord("plans.state_", props.of)}</Badge>;
}

export function titleOf(plan: Plan): string {
	return t("plans.title_of", { run: plan.run, directory: plan.directory ?? t("plans.gone_directory") });
}

function columns(): Column<Plan>[] {
	return [
		{ name: "plan", title: t("plans.run"), cell: titleOf },
		{ name: "state", title: t("plans.state"), cell: (plan) => <State of={plan.state} /> },
		{ name: "cause", title: t("plans.cause"), cell: (plan) => tWord("plans.cause_", plan.cause) },
		{
			name: "what",
			title: t("plans.what"),
			cell: (plan) =>
				kindsOf(plan.counts)
					.map(({ action, n }) => `${tWord("plans.action_", action)}: ${number(n)}`)
					.join(" · ") || "–",
		},
		{ name: "reason", title: t("plans.held_by"), cell: (plan) => (plan.reason ? reasonOf(plan) : "–") },
		{ name: "created", title: t("plans.created"), sort: "created", cell: (plan) => <Time at={plan.created} /> },
	];
}

// What runs of directories did or would do, the newest first.
export default function Plans() {
	const filters = useFilters();
	const { state, directory } = filtersOf(filters);
	return (
		<Page title={t("plans.title")} lead={t("plans.lead")}>
			<Filters filters={filters} />
			<DataTable<Plan>
				name="plans"
				caption={t("plans.title")}
				columns={columns()}
				filters={filters}
				topics={["plans"]}
				views
				load={({ sort, order, cursor, limit }, signal) =>
					list<Plan>(
						directory ? to`directories/${directory}/plans` : "plans",
						{ sort: sort ?? "created", order: order ?? "desc", cursor, limit, state },
						signal,
					)
				}
				id={(plan) => plan.id}
				link={(plan) => to`/plans/${plan.id}`}
				empty={
					<Empty kind="new" title={t("plans.none_new")} action={<Link to="/directories">{t("plans.directories")}</Link>}>
						{t("plans.none_new_lead")}
					</Empty>
				}
			/>
		</Page>
	);
}
