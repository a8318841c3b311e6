import { Link } from "./link";
import { useNarrow } from "./narrow";
import { Scroll } from "./scroll";
import type { Column } from "./table";
import "../style/lists.css";

// A few rows that are there already, all of them: a table, and a card each where the page is narrow.
// The first column is the row's header, and the link to it when there is one.
export function FewRows<Row>(props: {
	caption: string;
	columns: readonly Column<Row>[];
	rows: readonly Row[];
	id: (row: Row) => string;
	link?: ((row: Row) => string) | undefined;
}) {
	const { caption, columns, link } = props;
	const cards = useNarrow();
	// What is laid out as cards is a table only by what it says of itself.
	const as = <Role extends string>(role: Role) => (cards ? role : undefined);
	return (
		<div class={cards ? "table as-cards" : "table as-list"}>
			<Scroll label={caption}>
				<table role={as("table")}>
					<caption class="hidden">{caption}</caption>
					<thead role={as("rowgroup")}>
						<tr role={as("row")}>
							{columns.map((column) => (
								<th key={column.name} role={as("columnheader")} scope="col" class={column.end ? "end" : undefined}>
									{column.title}
								</th>
							))}
						</tr>
					</thead>
					<tbody role={as("rowgroup")}>
						{props.rows.map((row, i) => (
							<tr key={props.id(row)} role={as("row")} data-row={i}>
								{columns.map((column, at) =>
									at === 0 ? (
										<th key={column.name} role={as("rowheader")} scope="row">
											{link ? <Link to={link(row)}>{column.cell(row)}</Link> : column.cell(row)}
										</th>
									) : (
										<td key={column.name} role={as("cell")} class={column.end ? "end" : undefined} data-title={column.title}>
											{column.cell(row)}
										</td>
									),
								)}
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</div>
	);
}
