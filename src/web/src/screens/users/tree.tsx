import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, list, type Page as Answer } from "../../api";
import { t } from "../../i18n";
import { useLive } from "../../live";
import { asApiError } from "../../load";
import { go, href, query, setQuery, to } from "../../router";
import { Empty, Failure, Link, Page } from "../../ui";
import { StateBadge } from "./columns";
import { labelOf, useCompany } from "./company";
import { nameOfRow, type UserRow } from "./people";
import { type Children, type Node, sizeOf, stepOf, visible } from "./tree-nodes";
import "../../style/users.css";

const PAGE = 50;

function ask(parent: string, cursor?: string): Promise<Answer<UserRow>> {
	const asked = { sort: "name", limit: PAGE, cursor };
	return parent === "" ? list("users", { ...asked, roots: true }) : list(to`users/${parent}/reports`, asked);
}

function openOf(): ReadonlySet<string> {
	return new Set((query.value.get("open") ?? "").split(",").filter(Boolean));
}

function useTree() {
	const [loaded, setLoaded] = useState<ReadonlyMap<string, Children>>(new Map());
	const [error, setError] = useState<ApiError>();
	const asked = useRef(new Set<string>());
	const open = openOf();

	async function load(parent: string, more = false): Promise<void> {
		const before = more ? loaded.get(parent) : undefined;
		asked.current.add(parent);
		try {
			const page = await ask(parent, before?.next);
			setError(undefined);
			setLoaded((old) =>
				new Map(old).set(parent, { rows: [...(before?.rows ?? []), ...page.items], next: page.next_cursor }),
			);
		} catch (reason) {
			asked.current.delete(parent);
			setError(asApiError(reason));
		}
	}

	function loadAll(): void {
		for (const parent of ["", ...open]) void load(parent);
	}
	useEffect(() => {
		for (const parent of ["", ...open]) if (!asked.current.has(parent)) void load(parent);
	}, [[...open].join()]);
	useLive(["users"], loadAll);

	function setOpen(id: string, isOpen: boolean): void {
		const next = new Set(open);
		if (isOpen) next.add(id);
		else next.delete(id);
		setQuery({ open: [...next].join(",") || null }, { replace: true });
	}
	return { loaded, error, open, load, loadAll, setOpen };
}

function Label(props: { row: UserRow }) {
	const { row } = props;
	return (
		<>
			<a
				href={href(to`/users/${row.id}`)}
				tabIndex={-1}
				onClick={(event) => {
					if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
					event.preventDefault();
					go(to`/users/${row.id}`);
				}}
			>
				{nameOfRow(row)}
			</a>
			{row.title && <span class="quiet"> {row.title}</span>}
			{row.state !== "active" && (
				<>
					{" "}
					<StateBadge of={row} />
				</>
			)}
			{row.reports > 0 && <small class="quiet"> {t("users.tree_reports", { n: row.reports })}</small>}
		</>
	);
}

// Who stands below whom. To be read, not to be moved.
export default function Tree() {
	const company = useCompany();
	const { loaded, error, open, load, loadAll, setOpen } = useTree();
	const nodes = visible(loaded, open);
	const [at, setAt] = useState("");
	const tree = useRef<HTMLUListElement>(null);
	const current = nodes.some((node) => node.key === at) ? at : (nodes[0]?.key ?? "");

	function focus(key: string): void {
		setAt(key);
		tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
	}

	function enter(node: Node | undefined): void {
		if (!node) return;
		if (node.row) go(to`/users/${node.row.id}`);
		else void load(node.parent, true);
	}

	function keys(event: KeyboardEvent): void {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			return enter(nodes.find((node) => node.key === current));
		}
		const step = stepOf(event.key, nodes, current);
		if (!step) return;
		event.preventDefault();
		if ("to" in step) focus(step.to);
		else if ("open" in step) setOpen(step.open, true);
		else setOpen(step.close, false);
	}

	const top = loaded.get("");
	return (
		<Page
			title={t("users.tree_title")}
			lead={t("users.tree_lead")}
			back={<Link to="/users">{labelOf(company, "users")}</Link>}
		>
			{error && <Failure error={error} retry={loadAll} />}
			{!top && !error && (
				<p class="waiting" aria-busy="true">
					{t("shell.loading")}
				</p>
			)}
			{top?.rows.length === 0 && (
				<Empty kind="new" title={t("users.nobody")}>
					{t("users.nobody_lead")}
				</Empty>
			)}
			{nodes.length > 0 && (
				<>
					<p class="quiet" id="tree-keys">
						{t("users.tree_keys")}
					</p>
					<ul
						ref={tree}
						role="tree"
						class="tree"
						aria-label={t("users.tree_title")}
						aria-describedby="tree-keys"
						onKeyDown={keys}
					>
						{nodes.map((node) => (
							<li
								key={node.key}
								role="treeitem"
								data-key={node.key}
								class={`level-${Math.min(node.level, 8)}`}
								tabIndex={node.key === current ? 0 : -1}
								aria-level={node.level}
								aria-posinset={node.place}
								aria-setsize={sizeOf(loaded, nodes, node)}
								aria-expanded={node.row && node.row.reports > 0 ? node.open : undefined}
								aria-busy={node.open && !loaded.has(node.key) ? true : undefined}
								onFocus={() => setAt(node.key)}
							>
								<span
									class="twist"
									aria-hidden="true"
									onClick={() => node.row && node.row.reports > 0 && setOpen(node.key, !node.open)}
								>
									{node.row && node.row.reports > 0 ? (node.open ? "▾" : "▸") : ""}
								</span>
								{node.row ? (
									<Label row={node.row} />
								) : (
									<button type="button" class="plain" tabIndex={-1} onClick={() => load(node.parent, true)}>
										{t("users.tree_more")}
									</button>
								)}
							</li>
						))}
					</ul>
				</>
			)}
		</Page>
	);
}
