#include "in/upstream/answer.h"

#include "in/upstream/subcode.h"

#define RESULT_SUCCESS 0
#define RESULT_CONSTRAINT 19
#define RESULT_NO_SUCH_OBJECT 32
#define RESULT_INVALID_DN 34
#define RESULT_INAPPROPRIATE 48
#define RESULT_CREDENTIALS 49
#define RESULT_UNWILLING 53

struct meaning {
	int value;
	enum answer answer;
	const char *words;
};

/* Whoever has a password that expired or must be changed has shown the right one; the others were
 * refused before it was looked at, or may have been. */
static const struct meaning subcodes[] = {
	{ 0x530, ANSWER_DISABLED, NULL },
	{ 0x531, ANSWER_DISABLED, NULL },
	{ 0x52f, ANSWER_DISABLED, NULL },
	{ 0x532, ANSWER_EXPIRED, NULL },
	{ 0x533, ANSWER_DISABLED, NULL },
	{ 0x701, ANSWER_DISABLED, NULL },
	{ 0x773, ANSWER_MUST_CHANGE, NULL },
	{ 0x775, ANSWER_LOCKED, NULL },
};

static const struct meaning policy_errors[] = {
	{ 0, ANSWER_EXPIRED, "the password has expired" },
	{ 1, ANSWER_LOCKED, "the account is locked" },
	{ 2, ANSWER_MUST_CHANGE, "the password must be changed first" },
};

/* 389: 19 after too many wrong ones, 53 for an account that was inactivated, whatever the password.
 * OpenLDAP: 48 of an entry without a password. */
static const struct meaning codes[] = {
	{ RESULT_CREDENTIALS, ANSWER_WRONG, "wrong name or password" },
	{ RESULT_NO_SUCH_OBJECT, ANSWER_WRONG, "no such account" },
	{ RESULT_INVALID_DN, ANSWER_WRONG, "no such account" },
	{ RESULT_INAPPROPRIATE, ANSWER_WRONG, "the account has no password" },
	{ RESULT_CONSTRAINT, ANSWER_LOCKED, "the account is locked" },
	{ RESULT_UNWILLING, ANSWER_DISABLED, "the account is disabled" },
};

static const struct meaning *find(const struct meaning *rows, size_t count, int value)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].value == value)
			return &rows[i];
	return NULL;
}
#define FIND(rows, value) find(rows, sizeof(rows) / sizeof((rows)[0]), value)

static enum answer take(const struct meaning *row, const char **words)
{
	*words = row->words;
	return row->answer;
}

/* In grace a password is expired and still opens. */
static enum answer of_success(const struct bind_facts *facts, const char **words)
{
	const struct meaning *policy = FIND(policy_errors, facts->policy_error);

	*words = "right";
	if (facts->grace >= 0 && facts->policy_error <= 0)
		return ANSWER_RIGHT;
	if (policy)
		return take(policy, words);
	return facts->expired ? take(&policy_errors[2], words) : ANSWER_RIGHT;
}

enum answer answer_of(const struct bind_facts *facts, const char **words)
{
	const struct meaning *row = FIND(policy_errors, facts->policy_error);

	if (facts->code == RESULT_SUCCESS)
		return of_success(facts, words);
	if (row && facts->code != RESULT_NO_SUCH_OBJECT)
		return take(row, words);
	if (facts->code == RESULT_CREDENTIALS && facts->expired)
		return take(&policy_errors[0], words);
	row = facts->code == RESULT_CREDENTIALS ? FIND(subcodes, (int)facts->subcode) : NULL;
	if (row) {
		*words = subcode_words(facts->subcode);
		return row->answer;
	}
	row = FIND(codes, facts->code);
	*words = "the server looked at no password";
	return row ? take(row, words) : ANSWER_UNAVAILABLE;
}
