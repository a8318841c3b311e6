import type en from "../en/refused";
import type { Catalogue } from "../themes";

export default {
	lacking: "Peran Anda tidak mengizinkannya",
	takes: "Diperlukan izin",
	roles: "Peran yang memilikinya: {roles}.",
	ask_admin: "Tanyakan kepada Admin perusahaan Anda: merekalah yang memberi peran.",
	ask_operator: "Tanyakan kepada operator lain yang boleh memberi peran di antara operator.",
	contact: "Perusahaan Anda menyebut kontak ini: {contact}.",
	operators: "Halaman ini untuk operator",
	operators_lead: "Hanya pengelola instalasi yang melihat perusahaan dari luar. Halaman perusahaan Anda ada di menu.",
	operators_here: "Anda sedang berada di satu perusahaan. Halaman ini tentang semuanya dan termasuk halaman operator.",
	to_operators: "Buka di sana",
	company: "Perusahaan operator sendiri tidak memilikinya",
	company_lead: "Masuklah ke perusahaan yang pengaturannya ingin Anda lihat.",
	foreign: "Anda bukan bagian dari perusahaan ini",
	foreign_lead: "Hanya operator yang masuk ke perusahaan lain. Mungkin tautan itu untuk salah satu dari mereka.",
} satisfies Catalogue<typeof en>;
