<?php
// What Nextcloud, MediaWiki and others of PHP do: php directory.php URI CA [starttls]
// One line of TAP for each thing that is tried.

const BASE = 'o=acme,dc=idp,dc=test';
const PEOPLE = 'ou=people,' . BASE;
const ALICE = 'uid=alice,' . PEOPLE;

ldap_set_option(null, LDAP_OPT_X_TLS_CACERTFILE, $argv[2]);
ldap_set_option(null, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND);

function as_whom(string $name, string $password)
{
	global $argv;
	$ldap = ldap_connect($argv[1]);
	ldap_set_option($ldap, LDAP_OPT_PROTOCOL_VERSION, 3);
	ldap_set_option($ldap, LDAP_OPT_REFERRALS, 0);
	ldap_set_option($ldap, LDAP_OPT_NETWORK_TIMEOUT, 60);
	if (isset($argv[3]) && !ldap_start_tls($ldap))
		throw new Exception('no TLS');
	@ldap_bind($ldap, $name, $password);
	return $ldap;
}

function service()
{
	return as_whom('cn=svc,ou=services,' . BASE, 'svcpw-acme');
}

function say(string $what, callable $try): void
{
	$why = '';
	try {
		$holds = $try();
	} catch (Throwable $e) {
		$holds = false;
		$why = ' # ' . $e->getMessage();
	}
	echo $holds ? 'ok' : 'not ok', " - $what$why\n";
}

function pages($ldap): array
{
	$names = [];
	$cookie = '';
	do {
		$page = ['oid' => LDAP_CONTROL_PAGEDRESULTS, 'iscritical' => true,
			'value' => ['size' => 2, 'cookie' => $cookie]];
		$found = ldap_search($ldap, PEOPLE, '(uid=*)', ['uid'], 0, 0, 60, LDAP_DEREF_NEVER,
			[$page]);
		ldap_parse_result($ldap, $found, $code, $dn, $text, $referrals, $controls);
		foreach (array_slice(ldap_get_entries($ldap, $found), 1) as $entry)
			$names[] = $entry['dn'];
		$cookie = $controls[LDAP_CONTROL_PAGEDRESULTS]['value']['cookie'] ?? '';
	} while ($cookie !== '');
	return $names;
}

say('a person binds', fn() => ldap_errno(as_whom(ALICE, 'pw-alice')) === 0);
say('a wrong password is refused',
	fn() => ldap_errno(as_whom('uid=bob,' . PEOPLE, 'wrong')) === 49);
say('who is inactive is refused',
	fn() => ldap_errno(as_whom('uid=disabled,' . PEOPLE, 'pw-disabled')) === 49);
say('a person is found', function () {
	$ldap = service();
	$found = ldap_get_entries($ldap, ldap_search($ldap, PEOPLE, '(|(uid=alice)(nsUniqueId=alice))',
		['mail', 'entryUUID', 'nsUniqueId', 'objectGUID', 'guid', 'ipaUniqueID']));
	return $found['count'] === 1 && $found[0]['mail'][0] === 'alice@acme.test'
		&& strlen($found[0]['entryuuid'][0]) === 36;
});
say('pages equal one answer', function () {
	$ldap = service();
	$whole = array_slice(ldap_get_entries($ldap, ldap_search($ldap, PEOPLE, '(uid=*)', ['uid'])), 1);
	return count($whole) > 3 && array_column($whole, 'dn') === pages($ldap);
});
say('compare tells true from false', function () {
	$ldap = service();
	return ldap_compare($ldap, ALICE, 'uid', 'alice') === true
		&& ldap_compare($ldap, ALICE, 'uid', 'bob') === false;
});
say('who one is', fn() => str_contains(ldap_exop_whoami(as_whom(ALICE, 'pw-alice')), 'alice'));
