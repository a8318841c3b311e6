/* Is an upstream person whose anchor nobody here has somebody new? By the anchor alone people are
 * linked; by a name, an address or a number they are only proposed to an administrator, and held
 * until one has decided. Rows to propose by, in their order: externalId, employeeNumber, userName,
 * email, or any attribute of people by the name of the table. */
#ifndef IN_SYNC_JOIN_H
#define IN_SYNC_JOIN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/uuid.h"
#include "model/entry.h"
#include "model/record.h"

#define JOIN_RULES_MAX 8

enum no_email {
	NO_EMAIL_ANY,    /* a person like any other */
	NO_EMAIL_HOLD,   /* nobody until there is one */
	NO_EMAIL_CREATE, /* somebody who cannot sign in with a password of the directory */
};

struct join_settings {
	enum attr rules[JOIN_RULES_MAX];
	size_t rule_count;
	enum no_email no_email;
};
enum err join_read(const struct entry *directory, struct join_settings *settings, struct why *why);

/* Who of the rows of one run is to have a name or an address that several claim: who is here before
 * who is not, who is active before who is not, then the lower anchor; whatever their order. */
struct join_claim {
	uint64_t key[2];
	struct uuid anchor;
	bool used, known, active;
};
struct join_claims {
	struct join_claim *slots;
	size_t capacity, count; /* a power of two */
};
void join_claims_reset(struct join_claims *claims);
void join_claims_free(struct join_claims *claims);

struct job;
struct commands;
/* Looks through the run's spool, before it is walked: whoever walks it holds a row of it. */
void join_claims_make(struct job *job);
struct row;

enum join {
	JOIN_NEW,
	JOIN_HELD, /* it has been reported and noted */
	JOIN_NONE, /* an administrator or the scope says that it is not to be looked at */
};
/* Of a row whose anchor nobody has. Adds commands that report why it is held, or that close what
 * was open about it; room for eight. What an administrator wants created goes without what is
 * taken: bits of enum without are added. */
enum join join_decide(
	struct job *job, struct commands *commands, const struct row *row, unsigned *without);
/* A value of the row cannot be stored. */
void join_bad_value(struct job *job, struct commands *commands, const struct row *row,
	enum attr attr, struct span octets);
/* The upstream entry is there and cannot be read: the row is SKIPPED. */
void join_unread(struct job *job, struct commands *commands, const struct row *row);
/* That is open about the entry: what it says now is looked at, even if it is what is known. */
bool join_has_unread(struct job *job, const struct uuid *anchor);
/* Closes what is open about something that the row of somebody known does not say any more. */
void join_close_over(struct job *job, struct commands *commands, const struct row *row);
/* May somebody known who was inactive by the directory be active again? Reports why not. */
bool join_may_return(struct job *job, struct commands *commands, const struct row *row,
	const struct record *known);
/* Closes what is open about the entry, which the directory does not have any more. */
void join_gone(struct job *job, struct commands *commands, const struct uuid *anchor);

#endif
