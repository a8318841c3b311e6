import { list } from "../../api";
import { t } from "../../i18n";
import { Badge, type Picked, type Tone } from "../../ui";
import { type CompanyRow, type State, stateOf } from "./company";

const tones: Record<State, Tone> = { active: "good", suspended: "warn", erasing: "bad" };

export function StateBadge(props: { of: { active: boolean; erasing: boolean } }) {
	const state = stateOf(props.of);
	return <Badge tone={tones[state]}>{t(`operator.state_${state}`)}</Badge>;
}

const FOUND = 8;

// Companies to choose from, but the one that is asked about.
export async function findCompanies(text: string, but: string, signal: AbortSignal): Promise<Picked[]> {
	const { items } = await list<CompanyRow>("/api/v1/tenants", { contains: text, sort: "tenant", limit: FOUND }, signal);
	const others = items.filter((row) => row.tenant !== but);
	return others.map((row) => ({ id: row.tenant, title: row.tenant, note: t(`operator.kind_${row.type}`) }));
}
