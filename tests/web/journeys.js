// By which test each sort of conflict is settled in a browser, and by which each answer is given:
// [file, name of the test]. conflicts.test.js holds them to what the server lists.
const of = (file) => (name) => [`${file}.test.js`, name];
const sync = of("sync");
const conflicts = of("conflicts");
const either = sync("of two values either stands, or nobody is asked again");
const reborn = conflicts("who is born again is who they were, once somebody says so");
const released = conflicts("who left and whose name another one has is let go of by the directory, and stays away");
const lastAdmin = conflicts("the last Admin stays, whatever the directory says, and goes by an approval once there is another");
const missing = conflicts("a role and a scope that are missing are given once they are there");

export const kinds = {
	owned: either,
	uniqueness: sync("a newcomer with somebody's name is another person"),
	last_admin: lastAdmin,
	policy: conflicts("an address that the policy keeps is tried again, and goes once it may"),
	email_local: sync("a newcomer of a directory is somebody here, also somebody deactivated"),
	email_scim: conflicts("the account of a connection is linked with who has its address"),
	email_sources: conflicts("who is of two directories is one person of both, by an administrator's word"),
	email_same_source: conflicts("who comes twice with one address is a person without it"),
	no_email: sync("who has no address is kept out, and asked about no more once there is one"),
	claim: conflicts("who might be somebody here is not, by an administrator's word"),
	ambiguous: conflicts("of several who match, the administrator says which, and the password ends"),
	reborn,
	bad_value: conflicts("a value that cannot be stored leaves the old one, which both last agreed on"),
	role_missing: missing,
	site_missing: missing,
	grant: sync("a group that would make people Admins is allowed to"),
	group_gone: conflicts("what a group that is gone gave is kept until it is confirmed"),
	mass_change: sync("a run that deactivates many is applied by their number alone"),
	membership_drop: conflicts("a group that loses most of its members waits, and then they lose the role"),
	shrink: conflicts("a directory that shows less than before takes nobody away, and is followed when it shows them again"),
	rollback: conflicts("a directory that fell behind is compared, and its plan approved"),
	push_rejected: conflicts("a platform that refuses somebody is asked again, and takes them"),
};

export const answers = {
	"keep-local": lastAdmin,
	"take-upstream": either,
	merge: either,
	link: reborn,
	unlink: released,
	create: released,
	"approve-once": kinds.membership_drop,
	retry: kinds.shrink,
	ignore: either,
	reopen: either,
};
