# What GitLab and Redmine do through net-ldap: ruby directory.rb URI CA [starttls]
# One line of TAP for each thing that is tried.

require "net/ldap"
require "uri"

BASE = "o=acme,dc=idp,dc=test"
PEOPLE = "ou=people,#{BASE}"
ALICE = "uid=alice,#{PEOPLE}"
SERVICE = ["cn=svc,ou=services,#{BASE}", "svcpw-acme"]
URI_GIVEN, CA, START_TLS = ARGV

def as(name, password)
  uri = URI(URI_GIVEN)
  Net::LDAP.new(host: uri.host, port: uri.port, base: BASE, connect_timeout: 60,
                auth: { method: :simple, username: name, password: password },
                encryption: { method: START_TLS ? :start_tls : :simple_tls,
                              tls_options: { ca_file: CA } })
end

def names(found)
  found.map { |entry| entry[:uid].first }.sort
end

def say(what)
  why = ""
  begin
    holds = yield
  rescue StandardError => e
    why = " # #{e.class}: #{e.message}"
  end
  puts "#{holds ? 'ok' : 'not ok'} - #{what}#{why}"
end

by_uid = ->(uid) { Net::LDAP::Filter.eq("uid", uid) }
say("a person binds") { as(ALICE, "pw-alice").bind }
say("a wrong password is refused") do
  ldap = as("uid=bob,#{PEOPLE}", "wrong")
  !ldap.bind && ldap.get_operation_result.code == 49
end
say("who is inactive is refused") { !as("uid=disabled,#{PEOPLE}", "pw-disabled").bind }
say("a person is found") do
  found = as(*SERVICE).search(filter: by_uid["alice"], attributes: %w[dn uid mail cn])
  found.size == 1 && found[0].dn == ALICE && found[0].mail == ["alice@acme.test"]
end
say("a person is found and binds at once") do
  found = as(*SERVICE).bind_as(base: PEOPLE, filter: by_uid["alice"], password: "pw-alice")
  found && found.first.dn == ALICE
end
say("a base search is paged too") do
  as(*SERVICE).search(base: ALICE, scope: Net::LDAP::SearchScope_BaseObject).size == 1
end
say("a list of people has everybody") do
  found = as(*SERVICE).search(base: PEOPLE, filter: by_uid["*"])
  (%w[alice bob carol outsider] - names(found)).empty?
end
say("a size limit is kept") do
  as(*SERVICE).search(base: PEOPLE, filter: by_uid["*"], size: 2).size == 2
end
say("the root entry says what is offered") do
  as(*SERVICE).search_root_dse[:supportedldapversion].include?("3")
end
say("the schema is read") { as(*SERVICE).search_subschema_entry[:attributetypes].size > 20 }
