import { list } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { to } from "../../router";
import { Empty, type Filter, Filters, filtersOf, Link, Page, Scroll, Section, Shown } from "../../ui";
import { clearFilters } from "../../ui/filters";
import { meaningOf, Origin, rangeText, valueText } from "./policy-parts";
import { grouped, type Policy, type PolicyGroup } from "./policy-values";
import "../../style/settings.css";

function Group(props: { of: PolicyGroup }) {
	const title = tWord("policies.theme_", props.of.theme);
	return (
		<Section title={title}>
			<Scroll label={title}>
				<table class="policies">
					<caption class="hidden">{title}</caption>
					<thead>
						<tr>
							<th scope="col">{t("policies.meaning")}</th>
							<th scope="col">{t("policies.value")}</th>
							<th scope="col">{t("policies.origin")}</th>
							<th scope="col">{t("policies.preset_value")}</th>
							<th scope="col">{t("policies.allowed")}</th>
						</tr>
					</thead>
					<tbody>
						{props.of.policies.map((one) => (
							<tr key={one.policy}>
								<th scope="row">
									<Link to={to`/policies/${one.policy}`}>{meaningOf(one)}</Link>
									<code>{one.policy}</code>
								</th>
								<td>
									<strong>{valueText(one, one.value)}</strong>
								</td>
								<td>
									<Origin of={one} />
								</td>
								<td>{valueText(one, one.preset)}</td>
								<td>
									{rangeText(one)}
									{one.owner === "operator" && <p class="quiet">{t("policies.owner_operator")}</p>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Section>
	);
}

// The rules of the company: what each decides, how it is set, what the preset says, what may be said.
export default function Policies() {
	const filters: Filter[] = [
		{ name: "q", title: t("policies.search") },
		{ name: "set", title: t("policies.shown"), options: [{ value: "own", title: t("policies.shown_own") }] },
	];
	const loaded = useLoad((signal) => list<Policy>("policies", {}, signal), [], ["settings"]);
	return (
		<Page title={t("shell.menu_policies")} lead={t("policies.lead")}>
			<Filters filters={filters} />
			<Shown of={loaded}>
				{({ items }) => {
					const set = filtersOf(filters);
					const groups = grouped(items, set, meaningOf);
					if (groups.length === 0) {
						const clear = (
							<button type="button" onClick={() => clearFilters(filters)}>
								{t("shell.filters_clear")}
							</button>
						);
						return (
							<Empty kind="none" title={t("shell.none_found")} action={clear}>
								{set.set === "own" && !set.q ? t("policies.none_own") : null}
							</Empty>
						);
					}
					const shown = groups.reduce((sum, group) => sum + group.policies.length, 0);
					return (
						<div class="page">
							<p role="status">{t("shell.count_of", { shown: number(shown), n: items.length })}</p>
							{groups.map((group) => (
								<Group key={group.theme} of={group} />
							))}
						</div>
					);
				}}
			</Shown>
		</Page>
	);
}
