// What Jenkins, Keycloak and others of Java do through JNDI: java Directory.java URI CA [starttls]
// One line of TAP for each thing that is tried.

import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import javax.naming.AuthenticationException;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attributes;
import javax.naming.directory.SearchControls;
import javax.naming.directory.SearchResult;
import javax.naming.ldap.Control;
import javax.naming.ldap.InitialLdapContext;
import javax.naming.ldap.LdapContext;
import javax.naming.ldap.PagedResultsControl;
import javax.naming.ldap.PagedResultsResponseControl;
import javax.naming.ldap.StartTlsRequest;
import javax.naming.ldap.StartTlsResponse;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Directory {
	static final String BASE = "o=acme,dc=idp,dc=test";
	static final String PEOPLE = "ou=people," + BASE;
	static final String ALICE = "uid=alice," + PEOPLE;
	static final String SERVICE = "cn=svc,ou=services," + BASE;

	static String uri;
	static boolean startTls;

	interface Attempt {
		boolean holds() throws Exception;
	}

	interface Work {
		boolean with(LdapContext context) throws Exception;
	}

	public static void main(String[] words) throws Exception {
		uri = words[0];
		startTls = words.length > 2;
		trust(words[1]);
		say("a person binds", () -> as(ALICE, "pw-alice", context -> true));
		say("a wrong password is refused", () -> refused("uid=bob," + PEOPLE, "wrong"));
		say("who is inactive is refused", () -> refused("uid=disabled," + PEOPLE, "pw-disabled"));
		say("a person is found", Directory::finds);
		say("pages equal one answer", Directory::pages);
		say("compare tells true from false", Directory::compares);
		say("the root entry says what is offered", Directory::root);
		say("aliases and referrals are left to the server", Directory::group);
	}

	static void say(String what, Attempt attempt) {
		String why = "";
		boolean holds = false;
		try {
			holds = attempt.holds();
		} catch (Exception e) {
			why = " # " + e;
		}
		System.out.println((holds ? "ok" : "not ok") + " - " + what + why);
	}

	static void trust(String path) throws Exception {
		KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
		store.load(null, null);
		try (FileInputStream file = new FileInputStream(path)) {
			store.setCertificateEntry("muster",
				CertificateFactory.getInstance("X.509").generateCertificate(file));
		}
		TrustManagerFactory factory =
			TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		factory.init(store);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, factory.getTrustManagers(), null);
		SSLContext.setDefault(context);
	}

	static boolean as(String dn, String password, Work work) throws Exception {
		Hashtable<String, String> settings = new Hashtable<>();
		settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
		settings.put(Context.PROVIDER_URL, uri);
		settings.put("com.sun.jndi.ldap.connect.timeout", "60000");
		settings.put("com.sun.jndi.ldap.read.timeout", "60000");
		if (!startTls) {
			sign(settings, dn, password);
		}
		LdapContext context = new InitialLdapContext(settings, null);
		StartTlsResponse tls = null;
		try {
			if (startTls) {
				tls = (StartTlsResponse) context.extendedOperation(new StartTlsRequest());
				tls.negotiate();
				for (var pair : sign(new Hashtable<>(), dn, password).entrySet()) {
					context.addToEnvironment(pair.getKey(), pair.getValue());
				}
				context.reconnect(null);
			}
			return work.with(context);
		} finally {
			if (tls != null) {
				tls.close();
			}
			context.close();
		}
	}

	static Hashtable<String, String> sign(Hashtable<String, String> settings, String dn,
		String password) {
		settings.put(Context.SECURITY_AUTHENTICATION, "simple");
		settings.put(Context.SECURITY_PRINCIPAL, dn);
		settings.put(Context.SECURITY_CREDENTIALS, password);
		return settings;
	}

	static boolean refused(String dn, String password) throws Exception {
		try {
			as(dn, password, context -> true);
			return false;
		} catch (AuthenticationException e) {
			return e.getMessage().contains("error code 49");
		}
	}

	static boolean service(Work work) throws Exception {
		return as(SERVICE, "svcpw-acme", work);
	}

	static SearchControls below(String... names) {
		SearchControls controls = new SearchControls();
		controls.setSearchScope(SearchControls.SUBTREE_SCOPE);
		controls.setReturningAttributes(names.length == 0 ? null : names);
		return controls;
	}

	static List<String> names(LdapContext context, Control... controls) throws Exception {
		List<String> found = new ArrayList<>();
		context.setRequestControls(controls);
		NamingEnumeration<SearchResult> results = context.search(PEOPLE, "(uid=*)", below("uid"));
		while (results.hasMore()) {
			found.add(results.next().getNameInNamespace());
		}
		return found;
	}

	static boolean finds() throws Exception {
		return service(context -> {
			NamingEnumeration<SearchResult> results = context.search(PEOPLE,
				"(&(objectClass=inetOrgPerson)(uid={0}))", new Object[] {"alice"}, below());
			SearchResult one = results.next();
			return !results.hasMore() && one.getNameInNamespace().equals(ALICE)
				&& one.getAttributes().get("mail").contains("alice@acme.test");
		});
	}

	static boolean pages() throws Exception {
		return service(context -> {
			List<String> whole = names(context);
			List<String> paged = new ArrayList<>();
			byte[] cookie = null;
			do {
				paged.addAll(names(context,
					new PagedResultsControl(2, cookie, Control.CRITICAL)));
				cookie = cookie(context);
			} while (cookie != null && cookie.length > 0);
			return whole.size() > 3 && whole.equals(paged);
		});
	}

	static byte[] cookie(LdapContext context) throws NamingException {
		for (Control control : context.getResponseControls()) {
			if (control instanceof PagedResultsResponseControl) {
				return ((PagedResultsResponseControl) control).getCookie();
			}
		}
		return null;
	}

	// JNDI compares when base, no attributes and one equality are asked for.
	static boolean compares() throws Exception {
		return service(context -> {
			SearchControls compare = new SearchControls();
			compare.setSearchScope(SearchControls.OBJECT_SCOPE);
			compare.setReturningAttributes(new String[0]);
			return context.search(ALICE, "(uid=alice)", compare).hasMore()
				&& !context.search(ALICE, "(uid=bob)", compare).hasMore();
		});
	}

	static boolean root() throws Exception {
		return service(context -> {
			Attributes root = context.getAttributes("",
				new String[] {"supportedControl", "supportedLDAPVersion"});
			return root.get("supportedLDAPVersion").contains("3")
				&& root.get("supportedControl").contains(PagedResultsControl.OID);
		});
	}

	static boolean group() throws Exception {
		return service(context -> {
			context.addToEnvironment("java.naming.ldap.derefAliases", "always");
			context.addToEnvironment(Context.REFERRAL, "follow");
			return context.search("ou=groups," + BASE,
				"(& (cn={0}) (| (objectclass=groupOfNames)(objectclass=groupOfUniqueNames)"
					+ "(objectclass=posixGroup)))",
				new Object[] {"staff"}, below("cn")).hasMore();
		});
	}
}
