/* A role that lets people administer comes from a directory only through a group for which an
 * administrator has approved it (ATTR_GRANT_APPROVED, model/grant.h). It holds after each command:
 * one that gives the role otherwise is refused; when a role comes to let people do more, or an
 * approval is taken back, the directory's word for it ends (follow.c). */
#ifndef CORE_APPROVAL_INT_H
#define CORE_APPROVAL_INT_H

#include "core/run_int.h"

/* The directory of the source number, as it will be. */
bool directory_by_source(struct run *run, uint16_t source, struct record *directory);
/* By what is stored and the deeds prepared so far. */
bool approval_allows(
	struct run *run, const struct record *directory, const struct record *role, uint32_t user);
/* The same about the run's actor, when that is a directory: ERR_FORBIDDEN. */
enum err approval_need(struct run *run, const struct entry *role, uint32_t user);
/* Directories that map to the role hear that it lets people do something else. */
void approval_mark(struct run *run, const struct record *role);

#endif
