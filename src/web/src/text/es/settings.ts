import type en from "../en/settings";
import type { Catalogue } from "../themes";

export default {
	lead: "Cómo se llama aquí su empresa y qué rige para quienes no han elegido nada.",
	general: "General",
	name: "Nombre",
	name_hint: "Tal como se lee en la cabecera de la consola y en los correos.",
	timezone: "Zona horaria",
	timezone_hint: "En ella se muestran las horas a quienes no han elegido ninguna.",
	language: "Idioma",
	language_none: "El del navegador",
	language_hint: "De la consola y de los correos, para quienes no han elegido ninguno.",
	support_contact: "Contacto de soporte",
	support_hint: "Dirección de correo o teléfono que se indica a quien necesita ayuda.",
	save: "Guardar",
	saved: "Los ajustes se han guardado.",
	logo: "Logotipo",
	logo_none: "Todavía no hay logotipo.",
	logo_of: "Logotipo de {name}",
	logo_choose: "Elija una imagen",
	logo_hint: "PNG o SVG. Se guarda al momento; se le quitan los scripts y los enlaces externos.",
	logo_saved: "El logotipo se ha guardado.",
	logo_remove_ask: "Quitar el logotipo…",
	logo_remove_title: "¿Quitar el logotipo?",
	logo_remove: "Quitar el logotipo",
	logo_remove_lead: "La imagen se borra. Puede elegir otra en cualquier momento.",
	logo_removed: "El logotipo se ha quitado.",
} satisfies Catalogue<typeof en>;
