/* What happens between a password's check and its answer: the loop is held meanwhile. */
#include "company.h"
#include "in/ldap/door_int.h"

#include "base/metric.h"

#include <arpa/inet.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ALICE "uid=alice,ou=people,o=acme," SUFFIX
#define PASSWORD "pw-alice"
#define RESULT_AT 9 /* of the only octet of a bind response's code */

struct hold {
	struct task task;
	struct loop *loop;
	int64_t begun;
	sem_t held, go;
};

static int64_t hashes_begun(void)
{
	return metric_get(METRIC_HASH_QUEUE) + metric_get(METRIC_HASHES);
}

/* Looks at each turn of the loop whether the bind has come, so that its answer cannot overtake. */
static void hold_loop(struct task *task)
{
	struct hold *hold = (struct hold *)task;

	if (hashes_begun() == hold->begun) {
		loop_defer(hold->loop, task);
		return;
	}
	sem_post(&hold->held);
	while (sem_wait(&hold->go) != 0)
		continue;
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void send_bind(int fd)
{
	uint8_t message[128];
	size_t dn = strlen(ALICE), password = strlen(PASSWORD), body = 7 + dn + password;
	int len = snprintf((char *)message, sizeof message,
		"\x30%c\x02\x01\x01\x60%c\x02\x01\x03\x04%c%s\x80%c%s", (int)(body + 5), (int)body,
		(int)dn, ALICE, (int)password, PASSWORD);

	assert_int_equal(send(fd, message, (size_t)len, 0), len);
}

static int receive_code(int fd)
{
	uint8_t answer[64];
	ssize_t len = recv(fd, answer, sizeof answer, 0);

	assert_true(len > RESULT_AT);
	return answer[RESULT_AT];
}

static void who_is_deactivated_before_the_answer_is_not_bound(void **state)
{
	struct company *company = company_open(1, NULL, NULL);
	struct uuid alice = company_find(company, company->acme, KIND_USER, "alice");
	struct hold hold = { .task.run = hold_loop,
		.loop = company->door->shards[0].loop,
		.begun = hashes_begun() };
	int fd = connect_to(company->port);

	(void)state;
	sem_init(&hold.held, 0, 0);
	sem_init(&hold.go, 0, 0);
	loop_post(hold.loop, &hold.task);
	send_bind(fd);
	while (sem_wait(&hold.held) != 0)
		continue;
	sleep(1); /* the password has been found right, and its owner active */
	company_set(company, company->acme, KIND_USER, alice, ATTR_ACTIVE, "FALSE");
	sem_post(&hold.go);
	assert_int_equal(receive_code(fd), RESULT_CREDENTIALS);
	close(fd);
	company_close(company);
	sem_destroy(&hold.held);
	sem_destroy(&hold.go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_deactivated_before_the_answer_is_not_bound),
	};

	return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
