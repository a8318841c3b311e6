/* What the files of the DirSync connector share: one round, from the control's answer to the rows
 * of what changed. */
#ifndef IN_UPSTREAM_DIRSYNC_H
#define IN_UPSTREAM_DIRSYNC_H

#include "in/upstream/changes.h"
#include "in/upstream/content.h"
#include "in/upstream/dirsync_control.h"
#include "in/upstream/guid.h"
#include "model/dn.h"

struct dirsync {
	struct upstream *up;
	struct content content;
	struct changes changes;
	const char *head; /* of the naming context: DirSync knows no other base */
	struct dn base;   /* of ours, below it */
	uint32_t flags;
	struct sids {
		struct sid {
			uint8_t octets[SID_OCTETS_MAX];
			size_t len;
		} * rows;
		size_t count, capacity;
	} joined, whole;    /* groups that got members by primaryGroupID; that are read anew */
	struct span cookie; /* after what was sent last; in `octets` */
	uint8_t octets[FRAME_COOKIE_MAX];
};

/* Without a cookie; ends with FAILURE_CONFIG when the base is in no naming context. */
void dirsync_begin(struct dirsync *sync, struct upstream *up);
/* The naming context that order.base is in. */
const char *dirsync_head(struct upstream *up);
/* dirsync_round.c: asks for all that changed since the cookie, and moves the cookie. With `nothing`
 * it asks for a cookie of now alone. */
void dirsync_round(struct dirsync *sync, bool nothing);
/* dirsync_complete.c: reads the objects of sync->changes and puts their rows. */
void dirsync_complete(struct dirsync *sync);

#endif
