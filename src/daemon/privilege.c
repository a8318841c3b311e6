#define _GNU_SOURCE /* setresuid */

#include "base/log.h"
#include "daemon/daemon.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void privilege_harden(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static bool set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { mask, mask, 0 }, { 0, 0, 0 } };

	return syscall(SYS_capset, &head, data) == 0;
}

enum err privilege_drop(const char *user, struct why *why)
{
	if (!user || geteuid() != 0)
		return OK;

	const struct passwd *row = getpwnam(user);
	if (!row)
		return fail(why, ERR_CONFIG, "user", "there is no user \"%s\"", user);
	prctl(PR_SET_KEEPCAPS, 1);
	if (initgroups(user, row->pw_gid) < 0 ||
		setresgid(row->pw_gid, row->pw_gid, row->pw_gid) < 0 ||
		setresuid(row->pw_uid, row->pw_uid, row->pw_uid) < 0 ||
		!set_capabilities(1u << CAP_NET_BIND_SERVICE))
		return fail(why, ERR_CONFIG, "user", "cannot become \"%s\": %m", user);
	prctl(PR_SET_KEEPCAPS, 0);
	prctl(PR_SET_DUMPABLE, 0);
	return OK;
}

void privilege_drop_rest(void)
{
	if (geteuid() != 0)
		set_capabilities(0);
}
