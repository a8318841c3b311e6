/* The log of connections and operations: at "info" what ended, refused binds and writes, at "debug"
 * every operation. Where nothing would be written nothing is noted. */
#ifndef IN_LDAP_OPLOG_H
#define IN_LDAP_OPLOG_H

#include "base/span.h"

struct conn;
struct controls;
struct op_note; /* of an operation under way */
struct pdu;
struct result;

/* A request has come; before it runs. */
void oplog_begin(struct conn *conn, const struct pdu *pdu);
/* Its controls were read. */
void oplog_controls(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
/* An entry of the operation was sent. */
void oplog_entry(struct conn *conn, int id);
/* Whom a bind names where that is not in its first field (SASL). */
void oplog_name(struct conn *conn, int id, struct span name);
/* Why it is refused, where the peer is not told; static text. Otherwise it is what the peer reads.
 */
void oplog_reason(struct conn *conn, int id, const char *reason);
/* Its result leaves. */
void oplog_end(struct conn *conn, const struct result *result);
/* It was abandoned: it has none. */
void oplog_forget(struct conn *conn, int id);
/* The connection ends, and with it what is under way. */
void oplog_close(struct conn *conn);

#endif
