import type en from "../en/settings";
import type { Catalogue } from "../themes";

export default {
	lead: "Wie Ihre Firma hier heißt und was für Personen gilt, die selbst nichts gewählt haben.",
	general: "Allgemein",
	name: "Name",
	name_hint: "So steht er oben in der Konsole und in E-Mails.",
	timezone: "Zeitzone",
	timezone_hint: "Darin werden Zeiten angezeigt, wenn eine Person keine eigene gewählt hat.",
	language: "Sprache",
	language_none: "Die des Browsers",
	language_hint: "Für Konsole und E-Mails, wenn eine Person keine eigene gewählt hat.",
	support_contact: "Supportkontakt",
	support_hint: "E-Mail-Adresse oder Telefonnummer, an die sich Personen bei Fragen wenden.",
	save: "Speichern",
	saved: "Die Einstellungen sind gespeichert.",
	logo: "Logo",
	logo_none: "Es gibt noch kein Logo.",
	logo_of: "Logo von {name}",
	logo_choose: "Bild auswählen",
	logo_hint: "PNG oder SVG. Es wird sofort gespeichert; Skripte und Verweise nach außen werden entfernt.",
	logo_saved: "Das Logo ist gespeichert.",
	logo_remove_ask: "Logo entfernen…",
	logo_remove_title: "Logo entfernen?",
	logo_remove: "Logo entfernen",
	logo_remove_lead: "Das Bild wird gelöscht. Sie können jederzeit ein anderes auswählen.",
	logo_removed: "Das Logo ist entfernt.",
} satisfies Catalogue<typeof en>;
