# What programs of Perl do through Net::LDAP: perl directory.pl URI CA [starttls]
# One line of TAP for each thing that is tried.

use strict;
use warnings;
use Net::LDAP;
use Net::LDAP::Constant qw(LDAP_CONTROL_PAGED LDAP_COMPARE_TRUE LDAP_COMPARE_FALSE);
use Net::LDAP::Control::Paged;
use Net::LDAP::Extension::WhoAmI;

my ($uri, $ca, $start_tls) = @ARGV;
my $base = "o=acme,dc=idp,dc=test";
my $people = "ou=people,$base";
my $alice = "uid=alice,$people";
my @tls = (verify => "require", cafile => $ca);

sub connection {
	my $ldap = Net::LDAP->new($uri, timeout => 60, $start_tls ? () : @tls) or die "$@\n";
	$start_tls and $ldap->start_tls(@tls)->code and die "no TLS\n";
	return $ldap;
}

sub code_of {
	my ($name, $password) = @_;
	return connection()->bind($name, password => $password)->code;
}

sub service {
	my $ldap = connection();
	$ldap->bind("cn=svc,ou=services,$base", password => "svcpw-acme")->code and die "no bind\n";
	return $ldap;
}

sub say_whether {
	my ($what, $try) = @_;
	my $holds = eval { $try->() };
	print $holds ? "ok" : "not ok", " - $what", $@ ? " # $@" : "", "\n";
}

sub pages {
	my ($ldap) = @_;
	my $page = Net::LDAP::Control::Paged->new(size => 2, critical => 1);
	my @names;
	while (1) {
		my $found = $ldap->search(base => $people, filter => "(uid=*)", control => [$page]);
		$found->code and die $found->error . "\n";
		push @names, map { $_->dn } $found->entries;
		my ($answer) = $found->control(LDAP_CONTROL_PAGED);
		$answer && $answer->cookie or return @names;
		$page->cookie($answer->cookie);
	}
}

say_whether("a person binds", sub { code_of($alice, "pw-alice") == 0 });
say_whether("a wrong password is refused", sub { code_of("uid=bob,$people", "wrong") == 49 });
say_whether("who is inactive is refused",
	sub { code_of("uid=disabled,$people", "pw-disabled") == 49 });
say_whether("a person is found", sub {
	my $found = service()->search(base => $people, filter => "(&(objectClass=person)(uid=alice))");
	return $found->count == 1 && $found->entry(0)->get_value("mail") eq "alice\@acme.test";
});
say_whether("pages equal one answer", sub {
	my $ldap = service();
	my @whole = map { $_->dn } $ldap->search(base => $people, filter => "(uid=*)")->entries;
	return @whole > 3 && "@whole" eq join(" ", pages($ldap));
});
say_whether("compare tells true from false", sub {
	my $ldap = service();
	return $ldap->compare($alice, attr => "uid", value => "alice")->code == LDAP_COMPARE_TRUE
		&& $ldap->compare($alice, attr => "uid", value => "bob")->code == LDAP_COMPARE_FALSE;
});
say_whether("the root entry says what is offered",
	sub { service()->root_dse->supported_control(LDAP_CONTROL_PAGED) });
say_whether("the schema is read and understood", sub {
	my $schema = service()->schema or return 0;
	return $schema->attribute("member") && $schema->objectclass("inetOrgPerson");
});
say_whether("who one is", sub {
	my $ldap = connection();
	$ldap->bind($alice, password => "pw-alice");
	return $ldap->who_am_i->response =~ /alice/;
});
