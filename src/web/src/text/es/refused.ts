import type en from "../en/refused";
import type { Catalogue } from "../themes";

export default {
	lacking: "Sus roles no la permiten",
	takes: "Hace falta el permiso",
	roles: "Roles que lo tienen: {roles}.",
	ask_admin: "Pregunte a un Admin de su empresa: ellos asignan los roles.",
	ask_operator: "Pregunte a otro operador que pueda asignar roles entre los operadores.",
	contact: "Su empresa indica este contacto: {contact}.",
	operators: "Esta página es para los operadores",
	operators_lead: "Solo quien administra la instalación ve las empresas desde fuera. Las páginas de su empresa están en el menú.",
	operators_here: "Ahora está dentro de una empresa. Esta página trata de todas y es de las propias de los operadores.",
	to_operators: "Abrirla allí",
	company: "La empresa propia de los operadores no tiene esto",
	company_lead: "Entre en la empresa cuya configuración quiera ver.",
	foreign: "Usted no es de esta empresa",
	foreign_lead: "Solo los operadores entran en otras empresas. Quizá el enlace era para uno de ellos.",
} satisfies Catalogue<typeof en>;
