import { t, tWord } from "../../i18n";
import { Badge, Scroll } from "../../ui";
import { groupTitle, permissionTitle } from "./catalogue";
import { type App, type Catalogue, verbs } from "./rows";

type Put = (permissions: readonly string[], held: boolean) => void;

function Group(props: { title: string; of: Catalogue["groups"][number]["permissions"]; held: readonly string[]; put: Put }) {
	const { of: permissions, held } = props;
	const names = permissions.map((one) => one.permission);
	const count = names.filter((one) => held.includes(one)).length;
	const all = count === names.length;
	return (
		<fieldset class="permissions">
			<legend>
				{props.title} <span class="quiet">{t("access.held_of", { held: count, n: names.length })}</span>
			</legend>
			{permissions.map((one) => (
				<label key={one.permission} class="check">
					<input
						type="checkbox"
						checked={held.includes(one.permission)}
						onChange={(event) => props.put([one.permission], event.currentTarget.checked)}
					/>
					<span>
						{permissionTitle(one)} <code class="quiet">{one.permission}</code>
					</span>
				</label>
			))}
			{names.length > 1 && (
				<p>
					<button type="button" class="plain" onClick={() => props.put(names, !all)}>
						{t(all ? "access.none_of" : "access.all_of", { group: props.title })}
					</button>
				</p>
			)}
		</fieldset>
	);
}

// An app a row, what may be done with it a column. Without `put` it only shows.
export function AppGrid(props: { apps: readonly App[]; held: readonly string[]; put?: Put }) {
	const { apps, held, put } = props;
	return (
		<Scroll label={t("access.apps")}>
			<table class="grid">
				<caption>{t("access.apps")}</caption>
				<thead>
					<tr>
						<th scope="col">{t("access.app")}</th>
						{verbs.map((verb) => (
							<th scope="col" key={verb}>
								{tWord("access.verb_", verb)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{apps.map(({ app, label, may }) => (
						<tr key={app}>
							<th scope="row">{label}</th>
							{verbs.map((verb) => {
								const one = may[verb];
								if (!one) return <td key={verb} />;
								const has = held.includes(one.permission);
								return (
									<td key={verb}>
										{put ? (
											<input
												type="checkbox"
												aria-label={permissionTitle(one)}
												checked={has}
												onChange={(event) => put([one.permission], event.currentTarget.checked)}
											/>
										) : (
											<Granted is={has} />
										)}
									</td>
								);
							})}
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

export function Granted(props: { is: boolean }) {
	return props.is ? (
		<span class="granted">
			<span aria-hidden="true">✓</span>
			<span class="hidden">{t("access.granted")}</span>
		</span>
	) : (
		<span class="quiet">
			<span aria-hidden="true">–</span>
			<span class="hidden">{t("access.not_granted")}</span>
		</span>
	);
}

// All permissions by their groups, each to be ticked.
export function PermissionFields(props: { of: Catalogue; held: readonly string[]; put: Put }) {
	const { of: catalogue, held, put } = props;
	return (
		<>
			<div class="permission-groups">
				{catalogue.groups.map(({ group, permissions }) => (
					<Group key={group} title={groupTitle(group)} of={permissions} held={held} put={put} />
				))}
			</div>
			{catalogue.apps.length > 0 && <AppGrid apps={catalogue.apps} held={held} put={put} />}
		</>
	);
}

// What a role allows, and nothing else.
export function PermissionList(props: { of: Catalogue; held: readonly string[] }) {
	const { of: catalogue, held } = props;
	const groups = catalogue.groups
		.map(({ group, permissions }) => ({ group, permissions: permissions.filter((one) => held.includes(one.permission)) }))
		.filter(({ permissions }) => permissions.length > 0);
	return (
		<>
			<div class="permission-groups">
				{groups.map(({ group, permissions }) => (
					<section class="card" key={group} aria-label={groupTitle(group)}>
						<h2>{groupTitle(group)}</h2>
						<ul class="granted-list">
							{permissions.map((one) => (
								<li key={one.permission}>
									{permissionTitle(one)} <code class="quiet">{one.permission}</code>{" "}
									{one.own && <Badge tone="info">{t("access.own_only")}</Badge>}
									{one.scoped && <Badge tone="quiet">{t("access.scoped")}</Badge>}
								</li>
							))}
						</ul>
					</section>
				))}
			</div>
			{catalogue.apps.length > 0 && <AppGrid apps={catalogue.apps} held={held} />}
		</>
	);
}
