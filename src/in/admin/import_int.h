/* Imports: a CSV file of people becomes a plan, a job that is only planned (core/job.h). Each line
 * is judged by the commands that the plan would run, in a transaction that is thrown away; what is
 * committed afterwards is these commands and no others. */
#ifndef IN_ADMIN_IMPORT_INT_H
#define IN_ADMIN_IMPORT_INT_H

#include "core/job.h"
#include "core/people.h"
#include "in/admin/admin_int.h"
#include "model/column.h"

struct plan {
	struct request *r;
	const struct record *settings; /* or NULL; borrowed from the view */
	const struct column *columns[COLUMNS_MAX];
	size_t width;
	bool update; /* people who are here already get what the file says */
	struct import_row *rows;
	size_t count;
};

void plan_start(struct plan *plan, struct request *r, struct record *room);
struct span plan_header(struct plan *plan);
/* import_file.c: the lines of the file as rows, nothing judged but the number of their cells. The
 * whole file is refused when it is no CSV, has another header or too many lines. */
enum err plan_read(struct plan *plan, struct span text);
/* import_row.c: from the cells to entry and containers; rows that cannot be become errors. */
void plan_build(struct plan *plan, struct import_row *row);
/* import_match.c: who stands in the file twice, and who is here already. */
void plan_match(struct plan *plan);
/* import_plan.c: the plan of the request's file, kept; its id. */
enum err import_make(struct request *r, struct uuid *made);
void plan_refuse(struct plan *plan, struct import_row *row, const char *code,
	const struct column *column, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The cell as it is meant: without blanks around it and what guards against formulas. */
struct span plan_text(struct span cell);

#endif
