/* LDAP messages (RFC 4511 section 4): framing, the envelope, requests taken apart, results put
 * together. Everything read borrows from the octets of the message. ERR_PROTOCOL for what is
 * malformed. */
#ifndef WIRE_LDAP_PDU_H
#define WIRE_LDAP_PDU_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/limits.h"

/* protocolOp tags */
enum op_tag {
	OP_BIND = 0x60,
	OP_BIND_RESPONSE = 0x61,
	OP_UNBIND = 0x42,
	OP_SEARCH = 0x63,
	OP_SEARCH_ENTRY = 0x64,
	OP_SEARCH_DONE = 0x65,
	OP_SEARCH_REFERENCE = 0x73,
	OP_MODIFY = 0x66,
	OP_MODIFY_RESPONSE = 0x67,
	OP_ADD = 0x68,
	OP_ADD_RESPONSE = 0x69,
	OP_DELETE = 0x4a,
	OP_DELETE_RESPONSE = 0x6b,
	OP_RENAME = 0x6c,
	OP_RENAME_RESPONSE = 0x6d,
	OP_COMPARE = 0x6e,
	OP_COMPARE_RESPONSE = 0x6f,
	OP_ABANDON = 0x50,
	OP_EXTENDED = 0x77,
	OP_EXTENDED_RESPONSE = 0x78,
	OP_INTERMEDIATE = 0x79, /* section 4.13 */
};

/* Result codes that err.def does not name; RFC 4511 section 4.1.9. */
enum result_code {
	RESULT_SUCCESS = 0,
	RESULT_OPERATIONS_ERROR = 1,
	RESULT_PROTOCOL_ERROR = 2,
	RESULT_TIME_LIMIT = 3,
	RESULT_SIZE_LIMIT = 4,
	RESULT_COMPARE_FALSE = 5,
	RESULT_COMPARE_TRUE = 6,
	RESULT_AUTH_METHOD = 7,
	RESULT_STRONGER_AUTH = 8,
	RESULT_REFERRAL = 10,
	RESULT_ADMIN_LIMIT = 11,
	RESULT_CRITICAL_EXTENSION = 12,
	RESULT_CONFIDENTIALITY = 13,
	RESULT_SASL_IN_PROGRESS = 14,
	RESULT_NO_SUCH_ATTRIBUTE = 16,
	RESULT_UNDEFINED_TYPE = 17,
	RESULT_INAPPROPRIATE_MATCHING = 18,
	RESULT_CONSTRAINT = 19,
	RESULT_VALUE_EXISTS = 20,
	RESULT_INVALID_SYNTAX = 21,
	RESULT_NO_SUCH_OBJECT = 32,
	RESULT_ALIAS_PROBLEM = 33,
	RESULT_INVALID_DN = 34,
	RESULT_ALIAS_DEREF_PROBLEM = 36,
	RESULT_CREDENTIALS = 49,
	RESULT_ACCESS = 50,
	RESULT_BUSY = 51,
	RESULT_UNAVAILABLE = 52,
	RESULT_UNWILLING = 53,
	RESULT_SORT_MISSING = 60, /* both inside the response of a virtual list view */
	RESULT_OFFSET_RANGE = 61, /* draft-ietf-ldapext-ldapv3-vlv-09 */
	RESULT_NAMING_VIOLATION = 64,
	RESULT_OBJECT_CLASS = 65,
	RESULT_NOT_ON_NON_LEAF = 66,
	RESULT_NOT_ON_RDN = 67,
	RESULT_EXISTS = 68,
	RESULT_CLASS_MODS = 69,
	RESULT_AFFECTS_MULTIPLE_DSAS = 71,
	RESULT_AUTHORIZATION_DENIED = 123, /* RFC 4370 section 3 */
	RESULT_CANCELED = 118,             /* RFC 3909 section 4 */
	RESULT_NO_SUCH_OPERATION = 119,
	RESULT_CANNOT_CANCEL = 121,
	RESULT_SYNC_REFRESH_REQUIRED = 4096, /* RFC 4533 section 2.6 */
	RESULT_VLV_ERROR = 76,
	RESULT_ASSERTION_FAILED = 122, /* RFC 4528 */
};

enum frame { FRAME_PARTIAL, FRAME_WHOLE, FRAME_BAD, FRAME_TOO_LARGE };
/* Looks at the head of the first message in `input`. WHOLE: *len octets are the message. PARTIAL:
 * more must arrive. A length is judged as soon as it is there: above `max` TOO_LARGE. */
enum frame pdu_frame(struct span input, size_t max, size_t *len);

struct control {
	struct span oid;
	bool critical;
	bool has_value;
	struct span value;
};

struct pdu {
	int32_t id; /* 1 to 2^31 - 1 */
	uint8_t tag;
	struct span body; /* of protocolOp, without its tag and length */
	size_t control_count;
	struct control controls[LIMIT_LDAP_CONTROLS];
};

/* `message`: what pdu_frame found. Elements behind the controls are ignored (RFC 4511 section 4).
 */
enum err pdu_read(struct span message, struct pdu *pdu, struct why *why);

struct bind_request {
	int32_t version;
	struct span name;
	bool is_simple;  /* else SASL */
	bool is_unknown; /* another choice (RFC 4511 section 4.2): there is nothing more */
	struct span password;
	struct span mechanism;
	bool has_credentials;
	struct span credentials;
};
enum err bind_request_read(struct span body, struct bind_request *request, struct why *why);

enum scope { SCOPE_BASE, SCOPE_ONE, SCOPE_SUBTREE, SCOPE_SUBORDINATES };

/* RFC 4511 section 4.5.1.3 */
enum deref_aliases { DEREF_NEVER, DEREF_SEARCHING, DEREF_FINDING, DEREF_ALWAYS };

struct search_request {
	struct span base;
	enum scope scope;  /* never SUBORDINATES: */
	bool without_base; /* of a subtree; draft-sermersheim-ldap-subordinate-scope-02 */
	enum deref_aliases deref;
	int32_t size_limit, time_limit; /* 0: none; seconds */
	bool types_only;
	struct span filter;     /* the element, for filter_read */
	struct span attributes; /* AttributeDescriptions, checked: octet strings only */
};
enum err search_request_read(struct span body, struct search_request *request, struct why *why);

struct compare_request {
	struct span dn, attribute, value;
};
enum err compare_request_read(struct span body, struct compare_request *request, struct why *why);

struct extended_request {
	struct span oid, value;
	bool has_value;
};
enum err extended_request_read(struct span body, struct extended_request *request, struct why *why);
/* Value of a Cancel request, RFC 3909 section 2.1: whom it is about. */
enum err cancel_request_read(struct span value, int32_t *id);
/* Content of an AbandonRequest: the message id, or 0 when it is none. */
int32_t abandon_request_read(struct span body);

#define OID_START_TLS "1.3.6.1.4.1.1466.20037"
#define OID_DISCONNECTION "1.3.6.1.4.1.1466.20036" /* RFC 4511 section 4.4.1 */

struct result {
	int32_t id;
	uint8_t tag; /* of the response */
	int code;
	struct span matched, text;
	struct span referral; /* elements: URLs; with RESULT_REFERRAL */
	struct span more; /* elements behind the result's own: [10] and [11] of an extended one */
	struct span controls; /* elements of the controls, or empty */
};
/* A SearchResultReference of such URLs. */
void reference_write(struct buffer *out, int32_t id, struct span urls);
void result_write(struct buffer *out, const struct result *result);
/* Message id 0; the connection is closed behind it. */
void disconnection_write(struct buffer *out, int code, const char *text);

/* A search entry: entry_open, attributes, entry_close. Positions are kept in the struct. */
struct entry_writer {
	struct buffer *out;
	size_t message, op, attributes, attribute, values;
};
void entry_open(struct entry_writer *w, struct buffer *out, int32_t id);
/* The DN is appended to the buffer in between. */
size_t entry_open_dn(struct entry_writer *w);
void entry_close_dn(struct entry_writer *w, size_t opened);
/* An attribute with values that are appended one by one, as OCTETS. */
void entry_open_attribute(struct entry_writer *w, struct span name);
void entry_close_attribute(struct entry_writer *w);
/* An attribute without values (typesOnly), or with one. */
void entry_put_type(struct entry_writer *w, struct span name);
void entry_put_value(struct entry_writer *w, struct span name, struct span value);
/* Before entry_close: leaves out the values that are not kept, and attributes that have none then.
 */
void entry_keep_values(struct entry_writer *w,
	bool (*keeps)(void *arg, struct span name, struct span value), void *arg);
void entry_close(struct entry_writer *w);

#endif
