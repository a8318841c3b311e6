import type en from "../en/reasons";
import type { Catalogue } from "../themes";

export default {
	first: {
		one: "Der erste Lauf eines Verzeichnisses wartet auf seine Bestätigung: es nennt {n} Person",
		other: "Der erste Lauf eines Verzeichnisses wartet auf seine Bestätigung: es nennt {n} Personen",
	},
	first_nobody: "Der erste Lauf eines Verzeichnisses wartet auf seine Bestätigung: es nennt niemanden",
	empty: {
		one: "Das Verzeichnis nennt niemanden, und {n} Person ist bekannt",
		other: "Das Verzeichnis nennt niemanden, und {n} Personen sind bekannt",
	},
	rollback: "Der Server ist hinter dem zurück, was von ihm schon zu sehen war, wie nach dem Einspielen einer Sicherung",
	admins: {
		one: "{n} Admin würde deaktiviert, die Rolle verlieren oder einen anderen Namen oder eine andere Adresse bekommen, gezählt über 24 Stunden",
		other: "{n} Admins würden deaktiviert, die Rolle verlieren oder einen anderen Namen oder eine andere Adresse bekommen, gezählt über 24 Stunden",
	},
	groups_lost: {
		one: "{n} zugeordnete Gruppe hätte innerhalb von 24 Stunden ihre Mitglieder verloren",
		other: "{n} zugeordnete Gruppen hätten innerhalb von 24 Stunden ihre Mitglieder verloren",
	},
	missing: {
		one: "{n} von {people} Personen fehlt, ohne dass eine Löschung gemeldet wurde: Darf das Konto weniger lesen als vorher?",
		other: "{n} von {people} Personen fehlen, ohne dass eine Löschung gemeldet wurde: Darf das Konto weniger lesen als vorher?",
	},
	deactivations: {
		one: "{n} von {people} Personen würde deaktiviert, in den 24 Stunden davor waren es {before}; die Grenze ist {most}",
		other: "{n} von {people} Personen würden deaktiviert, in den 24 Stunden davor waren es {before}; die Grenze ist {most}",
	},
	ends: {
		one: "{n} von {people} Personen würde deaktiviert oder bekäme einen Tag dafür, in den 24 Stunden davor waren es {before}; die Grenze ist {most}",
		other: "{n} von {people} Personen würden deaktiviert oder bekämen einen Tag dafür, in den 24 Stunden davor waren es {before}; die Grenze ist {most}",
	},
	share: {
		one: "{n} von {people} Personen würde deaktiviert, in den 24 Stunden davor waren es {before}; das sind mehr als {percent} %",
		other: "{n} von {people} Personen würden deaktiviert, in den 24 Stunden davor waren es {before}; das sind mehr als {percent} %",
	},
	share_ends: {
		one: "{n} von {people} Personen würde deaktiviert oder bekäme einen Tag dafür, in den 24 Stunden davor waren es {before}; das sind mehr als {percent} %",
		other: "{n} von {people} Personen würden deaktiviert oder bekämen einen Tag dafür, in den 24 Stunden davor waren es {before}; das sind mehr als {percent} %",
	},
	emails: "Innerhalb von 24 Stunden würde sich die E-Mail-Adresse von {n} von {people} Personen ändern, das sind mehr als {percent} %",
	attribute: "Innerhalb von 24 Stunden würde sich {attribute} bei {n} von {people} Personen ändern, das sind mehr als {percent} %",
	preview: "Eine Vorschau wurde verlangt: vor ihrer Genehmigung geschieht nichts",
	differs: "Das Verzeichnis sagt etwas anderes als zu der Zeit, als der Plan genehmigt wurde",
	rejected_same: "Der Plan wurde abgelehnt, und das Verzeichnis sagt noch dasselbe",
	rejected: "Der Plan wurde abgelehnt; gewartet wird auf einen anderen",
	waits: "Ein Plan wartet auf seine Genehmigung",
} satisfies Catalogue<typeof en>;
