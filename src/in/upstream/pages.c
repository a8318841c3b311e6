#include "in/upstream/pages.h"

#include "base/hash.h"

#define PAGE_SIZE 500
#define PAGE_SIZE_MIN 8
#define FORGOTTEN_MAX 3 /* times that a server may forget where we were */
#define EMPTY_MAX 100   /* pages in a row without an entry */

struct paging {
	struct upstream *up;
	const struct pages *pages;
	unsigned size, number, empty, forgotten, references;
	uint64_t entries, octets;      /* counted before it began */
	struct berval cookie;          /* of the page to come; liblber's memory */
	uint8_t first[32], before[32]; /* digests of pages' first names */
};

static bool has_pages(const struct paging *p)
{
	return rootdse_has(&p->up->root, "supportedControl", LDAP_CONTROL_PAGEDRESULTS);
}

static LDAPControl *page_control(struct paging *p)
{
	LDAPControl *control = NULL;
	struct berval *cookie = p->cookie.bv_len > 0 ? &p->cookie : NULL;

	if (!has_pages(p))
		return NULL;
	if (ldap_create_page_control(p->up->ld, (ber_int_t)p->size, cookie, 1, &control) !=
		LDAP_SUCCESS)
		upstream_fail(p->up, FAILURE_DATA, "no memory for the request");
	return control;
}

static void start_page(struct paging *p, struct search *search)
{
	LDAPControl *controls[PAGES_CONTROLS_MAX + 2] = { 0 };
	size_t count = p->pages->control_count;

	memcpy(controls, p->pages->controls, count * sizeof(*controls));
	LDAPControl *paging = page_control(p);
	controls[count] = paging;
	search_start(p->up, search, p->pages->base, LDAP_SCOPE_SUBTREE, p->pages->filter,
		p->pages->attributes, controls);
	if (paging)
		ldap_control_free(paging);
}

/* The same page again would go on for as long as the server likes. */
static void check_first(struct paging *p, LDAPMessage *entry)
{
	BerElement *ber = NULL;
	struct berval dn = { 0 };

	if (ldap_get_dn_ber(p->up->ld, entry, &ber, &dn) != LDAP_SUCCESS)
		return;
	hash_blake2b(span_of_berval(&dn), p->first);
	ber_free(ber, 0);
	if (p->number > 1 && memcmp(p->first, p->before, sizeof(p->first)) == 0)
		upstream_fail(
			p->up, FAILURE_PROTOCOL, "page %u is the one before it again", p->number);
	memcpy(p->before, p->first, sizeof(p->before));
}

static void keep_cookie(struct paging *p, LDAPControl **controls)
{
	ber_int_t estimate = 0;

	ber_memfree(p->cookie.bv_val);
	p->cookie = (struct berval){ 0 };
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control && ldap_parse_pageresponse_control(p->up->ld, control, &estimate, &p->cookie) !=
			       LDAP_SUCCESS)
		upstream_fail(p->up, FAILURE_PROTOCOL, "page %u: a malformed control", p->number);
}

/* RFC 2696 section 3: the control of the answer alone says that the page was the last. */
static void check_control(const struct paging *p, LDAPControl **controls)
{
	if (has_pages(p) && !ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL))
		upstream_fail(p->up, FAILURE_PROTOCOL,
			"page %u: the server does not say whether it is the last", p->number);
}

/* The result code; the cookie is empty after the last page. */
static int read_page(struct paging *p, struct search_end *end)
{
	struct search search;
	LDAPMessage *entry;
	unsigned count = 0;

	start_page(p, &search);
	while ((entry = search_next(p->up, &search, end)) != NULL) {
		if (count++ == 0)
			check_first(p, entry);
		p->pages->take(p->up, entry, p->pages->with);
		ldap_msgfree(entry);
		arena_reset(p->up->arena);
	}
	if (end->code == LDAP_SUCCESS) {
		check_control(p, end->controls);
		keep_cookie(p, end->controls);
	}
	ldap_controls_free(end->controls);
	p->references += search.references;
	p->empty = count == 0 ? p->empty + 1 : 0;
	if (p->empty > EMPTY_MAX)
		upstream_fail(p->up, FAILURE_PROTOCOL, "%u pages without an entry", p->empty);
	return end->code;
}

/* A result that ends the reading, or smaller pages, or the first page again. */
static void start_anew(struct paging *p, const struct search_end *end)
{
	bool cookie = p->cookie.bv_len > 0;

	if (end->code == LDAP_ADMINLIMIT_EXCEEDED || end->code == LDAP_SIZELIMIT_EXCEEDED)
		p->size /= 2;
	else if (!cookie || end->code != LDAP_UNWILLING_TO_PERFORM ||
		 ++p->forgotten > FORGOTTEN_MAX)
		p->size = 0;
	if (p->size < PAGE_SIZE_MIN || !has_pages(p))
		upstream_fail(p->up, search_failure(end->code), "page %u: result %d, %s%s%s",
			p->number, end->code, search_text(end->code), *end->text ? ", " : "",
			end->text);
	keep_cookie(p, NULL);
	p->up->entries = p->entries;
	p->up->octets = p->octets;
}

/* False: it has to be started anew. */
static bool read_all(struct paging *p)
{
	struct search_end end;

	if (p->pages->begin)
		p->pages->begin(p->pages->with);
	p->number = p->empty = p->references = 0;
	do {
		p->number++;
		if (read_page(p, &end) != LDAP_SUCCESS) {
			start_anew(p, &end);
			return false;
		}
	} while (p->cookie.bv_len > 0);
	return true;
}

unsigned pages_read(struct upstream *up, const struct pages *pages)
{
	struct paging p = { .up = up,
		.pages = pages,
		.size = up->page_size ? up->page_size : PAGE_SIZE,
		.entries = up->entries,
		.octets = up->octets };

	while (!read_all(&p))
		;
	up->page_size = p.size;
	keep_cookie(&p, NULL);
	return p.references;
}
