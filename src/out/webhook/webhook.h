/* Webhooks: each change of a tenant, told to the URLs that the tenant named, signed as Standard
 * Webhooks says. A hook keeps a cursor on its tenant's journal in the state row
 * "webhook/<id>/cursor": the sequence delivered (8 octets), messages of the next one delivered (4),
 * failing since (8, wall, 0: not); then, but in rows of earlier versions, when a message was last
 * taken (8), when one last failed (8), the status it was answered with (4, 0: none) and, where
 * there was no answer, the reason (length and text). The cursor moves after success only, so a
 * message arrives at least once, with the same webhook-id, in the journal's order. What fails is
 * tried again for three days, then laid down in "webhook/<id>/dead/<message>" and the hook switched
 * off. */
#ifndef OUT_WEBHOOK_WEBHOOK_H
#define OUT_WEBHOOK_WEBHOOK_H

#include "core/core.h"

struct webhooks;

struct webhook_options {
	const char *ca_file; /* PEM for receivers, NULL: the system's */
	bool allow_local;    /* http, loopback and private targets */
};

/* Registers with core_watch: call before the doors open. Opens one view. Copies nothing. */
enum err webhook_start(struct core *core, const struct webhook_options *options,
	struct webhooks **webhooks, struct why *why);
/* Gives up what is under way (it is sent again after the next start) and stores the cursors. */
void webhook_stop(struct webhooks *webhooks);

#endif
