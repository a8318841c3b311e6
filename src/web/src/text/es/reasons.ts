import type en from "../en/reasons";
import type { Catalogue } from "../themes";

export default {
	first: {
		one: "La primera ejecución de un directorio espera su confirmación: nombra a {n} persona",
		other: "La primera ejecución de un directorio espera su confirmación: nombra a {n} personas",
	},
	first_nobody: "La primera ejecución de un directorio espera su confirmación: no nombra a nadie",
	empty: {
		one: "El directorio no nombra a nadie, y se conoce a {n} persona",
		other: "El directorio no nombra a nadie, y se conoce a {n} personas",
	},
	rollback: "El servidor está por detrás de lo que ya se vio de él, como tras restaurar una copia de seguridad",
	admins: {
		one: "{n} Admin se desactivaría, perdería ese rol o tendría otro nombre u otra dirección en 24 horas",
		other: "{n} Admins se desactivarían, perderían ese rol o tendrían otro nombre u otra dirección en 24 horas",
	},
	groups_lost: {
		one: "{n} grupo asignado habría perdido a sus miembros en 24 horas",
		other: "{n} grupos asignados habrían perdido a sus miembros en 24 horas",
	},
	missing: {
		one: "Falta {n} de {people} personas sin que se comunicara ninguna eliminación: ¿puede leer la cuenta menos que antes?",
		other: "Faltan {n} de {people} personas sin que se comunicara ninguna eliminación: ¿puede leer la cuenta menos que antes?",
	},
	deactivations: "Se desactivaría a {n} de {people} personas, además de {before} en las 24 horas anteriores; el límite es {most}",
	ends: "Se desactivaría a {n} de {people} personas, o se les fijaría un día para ello, además de {before} en las 24 horas anteriores; el límite es {most}",
	share: "Se desactivaría a {n} de {people} personas, además de {before} en las 24 horas anteriores; eso es más del {percent} %",
	share_ends: "Se desactivaría a {n} de {people} personas, o se les fijaría un día para ello, además de {before} en las 24 horas anteriores; eso es más del {percent} %",
	emails: "La dirección de correo de {n} de {people} personas cambiaría en 24 horas, más del {percent} %",
	attribute: "{attribute} de {n} de {people} personas cambiaría en 24 horas, más del {percent} %",
	preview: "Se pidió una vista previa: no se hace nada antes de su aprobación",
	differs: "El directorio dice otra cosa desde que se aprobó el plan",
	rejected_same: "El plan se rechazó, y el directorio dice lo mismo",
	rejected: "El plan se rechazó; se espera otro",
	waits: "Un plan espera aprobación",
} satisfies Catalogue<typeof en>;
