#include "core/core_int.h"

/* The rows themselves are written for every type of command; this type is nothing else. */
enum err command_state(struct run *run)
{
	if (!run->command->state_count)
		return fail(run->why, ERR_VALUE, NULL, "a state command without rows");
	return OK;
}

/* What the core keeps beside its entries is neither journalled nor audited. */
enum err command_chore(struct run *run)
{
	run->touched = true;
	run->command->chore->work(run->command->chore, run);
	return OK;
}
