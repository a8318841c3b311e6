#include "base/codec.h"
#include "base/secret.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/muster-secret-XXXXXX";

static void a_password_verifies_against_its_hash_only(void **state)
{
	char hash[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];
	struct why why = { 0 };

	(void)state;
	assert_int_equal(password_hash(SPAN("correct horse"), hash, &why), OK);
	assert_int_equal(password_hash(SPAN("correct horse"), again, &why), OK);
	assert_string_not_equal(hash, again);
	assert_true(span_starts(span_str(hash), SPAN("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_true(password_verify(SPAN("correct horse"), span_str(hash)));
	assert_false(password_verify(SPAN("correct horsf"), span_str(hash)));
	assert_false(password_verify(SPAN("correct"), span_str(hash)));
	assert_true(password_is_hash(span_str(hash)));
	assert_false(password_is_cheap(span_str(hash)));
	password_burn(SPAN("correct horse"));
	password_burn(SPAN_NONE);
}

static void an_empty_or_overlong_password_is_never_hashed(void **state)
{
	char hash[PASSWORD_HASH_MAX], longest[PASSWORD_MAX + 1];
	struct why why = { 0 };

	(void)state;
	memset(longest, 'x', sizeof longest);
	assert_int_equal(password_hash(SPAN_NONE, hash, &why), ERR_VALUE);
	assert_string_equal(why.attribute, "password");
	assert_int_equal(password_hash(span_of(longest, sizeof longest), hash, NULL), ERR_VALUE);
	assert_int_equal(password_hash(span_of(longest, PASSWORD_MAX), hash, NULL), OK);
	assert_true(password_verify(span_of(longest, PASSWORD_MAX), span_str(hash)));
	assert_false(password_verify(span_of(longest, sizeof longest), span_str(hash)));
	assert_false(password_verify(SPAN_NONE, SPAN("{SSHA}2jmj7l5rSw0yVb/vlWAYkK/YBwkx")));
}

/* The password is "secret" throughout; the hashes were made with Python's hashlib. */
static void imported_salted_hashes_are_understood(void **state)
{
	static const char *const stored[] = { "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
		"{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=",
		"{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA==",
		"{SSHA256}oBmrdHcA6OZEkkCLeXh71YAerbvhXz1qqwjrPsXmEtNzYWx0c2FsdA==",
		("{SSHA512}aCu7JRc+kLsuEmFs1zTY+AiP7DSGnjjG+dH28Dp+E5usqoAixeTPihK"
		 "qZmkWal4mUfp63tqvCAkFV1LKTDFH6XNhbHRzYWx0") };

	(void)state;
	for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
		assert_true(password_is_hash(span_str(stored[i])));
		assert_true(password_is_cheap(span_str(stored[i])));
		assert_true(password_verify(SPAN("secret"), span_str(stored[i])));
		assert_false(password_verify(SPAN("Secret"), span_str(stored[i])));
	}
}

/* The peer chooses these parameters when it imports a hash. */
static void a_hash_that_costs_too_much_is_refused_unhashed(void **state)
{
	static const char *const costly[] = {
		"$argon2id$v=19$m=65537,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=11,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=4294967298,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=255$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof costly / sizeof *costly; i++) {
		assert_false(password_is_hash(span_str(costly[i])));
		assert_false(password_verify(SPAN("secret"), span_str(costly[i])));
	}
}

static void what_is_no_hash_never_verifies(void **state)
{
	static const char *const wrong[] = { "", "secret", "{CLEARTEXT}secret", "{SSHA}",
		"{SSHA}secret",
		"{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ",
		"{SHA}5en6G6MezRroT3XKqkdPOmY/BfR=", "{CRYPT}$1$a$b",
		"{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==",
		"$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0",
		"$argon2id$v=19$m=19456,t=2,p=1$$",
		"$argon2id$v=19$m=0,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (password_is_hash(span_str(wrong[i])))
			fail_msg("taken: %s", wrong[i]);
		assert_false(password_verify(SPAN("secret"), span_str(wrong[i])));
	}
}

static void an_openldap_argon2_hash_keeps_its_scheme(void **state)
{
	char stored[PASSWORD_HASH_MAX + 16] = "{ARGON2}";

	(void)state;
	assert_int_equal(password_hash(SPAN("secret"), stored + 8, NULL), OK);
	assert_true(password_is_hash(span_str(stored)));
	assert_true(password_verify(SPAN("secret"), span_str(stored)));
	assert_false(password_verify(SPAN("wrong"), span_str(stored)));
}

static void a_sealed_secret_opens_with_its_key_and_context_only(void **state)
{
	struct arena *arena = arena_new();
	struct seal_key key = { { 1 } }, other = { { 2 } };
	struct span sealed = seal(arena, &key, SPAN("tenant 1"), SPAN("bind password")), plain;
	struct why why = { 0 };

	(void)state;
	assert_int_equal(unseal(arena, &key, SPAN("tenant 1"), sealed, &plain, &why), OK);
	assert_span(plain, "bind password");
	assert_int_equal(unseal(arena, &key, SPAN("tenant 2"), sealed, &plain, NULL), ERR_CORRUPT);
	assert_int_equal(
		unseal(arena, &other, SPAN("tenant 1"), sealed, &plain, NULL), ERR_CORRUPT);
	for (size_t i = 0; i < sealed.len; i++) {
		uint8_t *octets = (uint8_t *)arena_copy(arena, sealed).data;

		octets[i] ^= 1;
		assert_int_equal(unseal(arena, &key, SPAN("tenant 1"), span_of(octets, sealed.len),
					 &plain, NULL),
			ERR_CORRUPT);
		assert_int_equal(
			unseal(arena, &key, SPAN("tenant 1"), span_of(octets, i), &plain, NULL),
			ERR_CORRUPT);
	}
	sealed = seal(arena, &key, SPAN_NONE, SPAN_NONE);
	assert_int_equal(unseal(arena, &key, SPAN_NONE, sealed, &plain, NULL), OK);
	assert_int_equal(plain.len, 0);
	arena_free(arena);
}

static void the_same_secret_never_seals_twice_alike(void **state)
{
	struct arena *arena = arena_new();
	struct seal_key key = { { 1 } };

	(void)state;
	assert_false(span_equal(
		seal(arena, &key, SPAN("c"), SPAN("p")), seal(arena, &key, SPAN("c"), SPAN("p"))));
	arena_free(arena);
}

static char *path_of(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

static char *write_file(struct arena *arena, const char *name, mode_t mode, struct span text)
{
	char *path = path_of(arena, name);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, text.data, text.len), (ssize_t)text.len);
	assert_int_equal(fchmod(file, mode), 0);
	close(file);
	return path;
}

static void a_seal_key_is_made_once_and_read_ever_after(void **state)
{
	struct arena *arena = arena_new();
	char *path = path_of(arena, "key");
	struct seal_key first, second;
	struct why why = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(seal_key_load(path, false, &first, NULL), ERR_NOT_FOUND);
	assert_int_equal(seal_key_load(path, true, &first, &why), OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(seal_key_load(path, true, &second, &why), OK);
	assert_memory_equal(first.octets, second.octets, 32);
	arena_free(arena);
}

static void a_seal_key_file_with_anything_else_is_refused(void **state)
{
	struct arena *arena = arena_new();
	struct seal_key key;
	struct why why = { 0 };

	(void)state;
	assert_int_equal(
		seal_key_load(write_file(arena, "short", 0600, SPAN("abcd\n")), true, &key, &why),
		ERR_CONFIG);
	assert_non_null(strstr(why.text, "64 hex digits"));
	assert_int_equal(
		seal_key_load(write_file(arena, "empty", 0600, SPAN_NONE), true, &key, NULL),
		ERR_CONFIG);
	assert_int_equal(chmod(path_of(arena, "key"), 0644), 0);
	assert_int_equal(seal_key_load(path_of(arena, "key"), true, &key, NULL), ERR_CONFIG);
	arena_free(arena);
}

static void a_secret_file_gives_its_first_line(void **state)
{
	struct arena *arena = arena_new();
	struct span secret;

	(void)state;
	assert_int_equal(
		secret_file_read(arena, write_file(arena, "a", 0600, SPAN("pass word \nmore\n")),
			&secret, NULL),
		OK);
	assert_span(secret, "pass word ");
	assert_int_equal(
		secret_file_read(arena, write_file(arena, "b", 0640, SPAN("x\r\n")), &secret, NULL),
		OK);
	assert_span(secret, "x");
	assert_int_equal(
		secret_file_read(arena, write_file(arena, "c", 0400, SPAN("y")), &secret, NULL),
		OK);
	assert_span(secret, "y");
	arena_free(arena);
}

static void a_secret_file_that_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0604, 0602, 0601, 0620, 0666 };
	struct arena *arena = arena_new();
	struct span secret;

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct why why = { 0 };

		assert_int_equal(
			secret_file_read(arena, write_file(arena, "open", modes[i], SPAN("x\n")),
				&secret, &why),
			ERR_CONFIG);
		assert_non_null(strstr(why.text, "/open has mode 0"));
	}
	arena_free(arena);
}

static void an_empty_long_or_special_secret_file_is_refused(void **state)
{
	struct arena *arena = arena_new();
	char *much = arena_alloc(arena, 4097);
	struct span secret;

	(void)state;
	memset(much, 'x', 4097);
	assert_int_equal(secret_file_read(arena, write_file(arena, "none", 0600, SPAN("\nx")),
				 &secret, NULL),
		ERR_CONFIG);
	assert_int_equal(
		secret_file_read(
			arena, write_file(arena, "much", 0600, span_of(much, 4097)), &secret, NULL),
		ERR_CONFIG);
	assert_int_equal(
		secret_file_read(
			arena, write_file(arena, "just", 0600, span_of(much, 4096)), &secret, NULL),
		OK);
	assert_int_equal(secret.len, 4096);
	assert_int_equal(secret_file_read(arena, folder, &secret, NULL), ERR_CONFIG);
	assert_int_equal(
		secret_file_read(arena, path_of(arena, "missing"), &secret, NULL), ERR_NOT_FOUND);
	arena_free(arena);
}

static void a_token_names_its_tenant(void **state)
{
	struct arena *arena = arena_new();
	char *token = token_new(arena, "scim", 4000000001U);
	uint32_t tenant = 0;
	uint8_t one[32], two[32];

	(void)state;
	assert_true(span_starts(span_str(token), SPAN("mst_scim_")));
	assert_true(token_parse(span_str(token), &tenant));
	assert_int_equal(tenant, 4000000001U);
	assert_string_not_equal(token, token_new(arena, "scim", 4000000001U));
	token_digest(span_str(token), one);
	token_digest(span_str(token), two);
	assert_memory_equal(one, two, 32);
	arena_free(arena);
}

static void a_mistyped_token_is_told_by_itself(void **state)
{
	struct arena *arena = arena_new();
	char *token = token_new(arena, "api", 7);
	size_t len = strlen(token);
	uint32_t tenant = 99;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		char *wrong = arena_string(arena, span_str(token));

		assert_false(token_parse(span_of(token, i), &tenant));
		wrong[i] = wrong[i] == 'q' ? 'r' : 'q';
		assert_false(token_parse(span_of(wrong, len), &tenant));
	}
	assert_false(token_parse(SPAN_NONE, &tenant));
	assert_false(token_parse(span_str(arena_printf(arena, "%s0", token)), &tenant));
	assert_int_equal(tenant, 99);
	arena_free(arena);
}

static void comparing_secrets_is_comparing_octets(void **state)
{
	char wiped[8] = "secret!";

	(void)state;
	assert_true(secret_equal(SPAN("abc"), SPAN("abc")));
	assert_false(secret_equal(SPAN("abc"), SPAN("abd")));
	assert_false(secret_equal(SPAN("abc"), SPAN("abcd")));
	assert_true(secret_equal(SPAN_NONE, SPAN("")));
	secret_wipe(wiped, sizeof wiped);
	for (size_t i = 0; i < sizeof wiped; i++)
		assert_int_equal(wiped[i], 0);
}

static int start(void **state)
{
	(void)state;
	return secret_start() && mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
	static const char *const names[] = { "key", "short", "empty", "a", "b", "c", "open", "none",
		"much", "just" };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(arena, names[i]));
	arena_free(arena);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_verifies_against_its_hash_only),
		cmocka_unit_test(an_empty_or_overlong_password_is_never_hashed),
		cmocka_unit_test(imported_salted_hashes_are_understood),
		cmocka_unit_test(a_hash_that_costs_too_much_is_refused_unhashed),
		cmocka_unit_test(what_is_no_hash_never_verifies),
		cmocka_unit_test(an_openldap_argon2_hash_keeps_its_scheme),
		cmocka_unit_test(a_sealed_secret_opens_with_its_key_and_context_only),
		cmocka_unit_test(the_same_secret_never_seals_twice_alike),
		cmocka_unit_test(a_seal_key_is_made_once_and_read_ever_after),
		cmocka_unit_test(a_seal_key_file_with_anything_else_is_refused),
		cmocka_unit_test(a_secret_file_gives_its_first_line),
		cmocka_unit_test(a_secret_file_that_others_may_read_is_refused),
		cmocka_unit_test(an_empty_long_or_special_secret_file_is_refused),
		cmocka_unit_test(a_token_names_its_tenant),
		cmocka_unit_test(a_mistyped_token_is_told_by_itself),
		cmocka_unit_test(comparing_secrets_is_comparing_octets),
	};

	return cmocka_run_group_tests(tests, start, end);
}
