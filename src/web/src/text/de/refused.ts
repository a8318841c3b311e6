import type en from "../en/refused";
import type { Catalogue } from "../themes";

export default {
	lacking: "Ihre Rollen erlauben sie nicht",
	takes: "Nötig ist das Recht",
	roles: "Rollen, die es haben: {roles}.",
	ask_admin: "Fragen Sie einen Admin Ihrer Firma: Dort werden Rollen vergeben.",
	ask_operator: "Fragen Sie einen anderen Betreiber, der unter den Betreibern Rollen vergeben darf.",
	contact: "Ihre Firma nennt diesen Ansprechpartner: {contact}.",
	operators: "Diese Seite ist für die Betreiber",
	operators_lead: "Nur wer die Installation betreibt, sieht Firmen von außen. Die Seiten Ihrer Firma stehen im Menü.",
	operators_here: "Sie sind gerade in einer Firma. Diese Seite handelt von allen und gehört zu denen der Betreiber.",
	to_operators: "Dort öffnen",
	company: "Die eigene Firma der Betreiber hat das nicht",
	company_lead: "Wechseln Sie in die Firma, deren Einstellungen Sie sehen wollen.",
	foreign: "Sie gehören nicht zu dieser Firma",
	foreign_lead: "Nur Betreiber wechseln in andere Firmen. Vielleicht war der Link für jemanden von ihnen gedacht.",
} satisfies Catalogue<typeof en>;
