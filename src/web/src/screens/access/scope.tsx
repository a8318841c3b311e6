import { useState } from "preact/hooks";
import { get } from "../../api";
import { number, t, tWord } from "../../i18n";
import { useLoad } from "../../load";
import { go, to } from "../../router";
import { may } from "../../session";
import { Fact, Facts, Link, Page, Section, Shown, Time, useNames } from "../../ui";
import { labelOf, useCompany } from "../users/company";
import { Members } from "./members";
import type { Scope } from "./rows";
import { DeleteScope, ScopeDialog } from "./scope-dialogs";
import "../../style/access.css";

export default function ScopePage() {
	const { id = "" } = useNames();
	const company = useCompany();
	const [asked, setAsked] = useState<"edit" | "remove">();
	const loaded = useLoad((signal) => get<Scope>(to`scopes/${id}`, { limit: 0 }, signal), [id], ["scopes"]);
	const scope = loaded.value;
	const close = () => setAsked(undefined);
	return (
		<Page
			title={scope?.common_name ?? t("access.scope")}
			lead={scope?.description?.[0]}
			back={<Link to="/scopes">{labelOf(company, "scopes")}</Link>}
			actions={
				scope && (
					<>
						{may("audit.view") && (
							<Link to={`/audit?target=${scope.id}`} class="button">
								{t("access.history")}
							</Link>
						)}
						{may("scopes.edit") && (
							<>
								<button type="button" class="danger" onClick={() => setAsked("remove")}>
									{t("access.delete_ask")}
								</button>
								<button type="button" class="primary" onClick={() => setAsked("edit")}>
									{t("access.edit")}
								</button>
							</>
						)}
					</>
				)
			}
		>
			<Shown of={loaded}>
				{(scope) => (
					<div class="page">
						<Facts>
							<Fact name={t("access.members")}>{number(scope.member_count)}</Fact>
							{scope.scope_kind && <Fact name={t("access.kind")}>{tWord("access.scope_kind_", scope.scope_kind)}</Fact>}
							{scope.external_id && <Fact name={t("access.external")}>{scope.external_id}</Fact>}
							<Fact name={t("access.modified")}>
								<Time at={scope.modified} />
							</Fact>
						</Facts>
						<Section title={t("access.members")}>
							<Members kind="scope" id={scope.id} name={scope.common_name} changed={loaded.reload} />
						</Section>
					</div>
				)}
			</Shown>
			{scope && asked === "edit" && <ScopeDialog of={scope} close={close} done={loaded.reload} />}
			{scope && asked === "remove" && (
				<DeleteScope of={scope} company={company} close={close} done={() => go("/scopes")} />
			)}
		</Page>
	);
}
