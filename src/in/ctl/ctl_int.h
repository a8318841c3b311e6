#ifndef IN_CTL_CTL_INT_H
#define IN_CTL_CTL_INT_H

#include "in/ctl/ctl.h"

/* Answers one line; `answer` gets one line without its end. */
void ctl_answer(const struct admin *admin, struct view *view, const struct actor *actor,
	struct span line, struct buffer *answer);

#endif
