/* Mails the notices that wait (core/notice.h) to the people named as the directory's contacts, or
 * to the tenant's support contact. What fails is tried again, less and less often, for three days;
 * then it is dropped and logged. */
#ifndef OUT_MAIL_MAIL_H
#define OUT_MAIL_MAIL_H

#include "core/core.h"
#include "net/smtp.h"

struct mailer;

/* Looks for notices every few seconds, on a thread and with a view of its own. Borrows the options'
 * texts until mail_stop. */
enum err mail_start(struct core *core, const struct smtp_options *options, struct mailer **mailer,
	struct why *why);
/* NULL is allowed. What is under way is finished; the rest waits for the next start. */
void mail_stop(struct mailer *mailer);

#endif
