/* Serves the tests' company until standard input ends: host [PEOPLE [GROUP-MEMBERS [CERTIFICATE
 * KEY]]]. Prints the ports, plain and TLS. For measurements and for protocol cases that bring their
 * own client. */
#include "company.h"

#include <stdio.h>
#include <stdlib.h>

static void make_big_group(struct company *company, const struct uuid *people, unsigned count)
{
	struct entry *entry = entry_new(company->arena, KIND_GROUP);
	struct uuid id;

	entry_add(entry, ATTR_COMMON_NAME, 0, SOURCE_LOCAL, SPAN("big"), NULL);
	id = company_create(company, company->acme, entry);
	for (unsigned i = 0; i < count; i++)
		company_join(company, company->acme, KIND_GROUP, id, KIND_USER, people[i]);
}

int main(int argc, char **argv)
{
	struct company *company =
		company_open(0, argc > 4 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
	unsigned people = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	unsigned members = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	struct uuid *ids = company_add_people(company, people);

	if (members > 0)
		make_big_group(company, ids, members < people ? members : people);
	printf("%d %d\n", company->port, company->secure_port);
	fflush(stdout);
	while (getchar() != EOF)
		continue;
	company_close(company);
	return 0;
}
