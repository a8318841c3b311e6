import type en from "../en/settings";
import type { Catalogue } from "../themes";

export default {
	lead: "Nama perusahaan Anda di sini, dan apa yang berlaku bagi orang yang belum memilih sendiri.",
	general: "Umum",
	name: "Nama",
	name_hint: "Seperti yang terlihat di bagian atas konsol dan dalam email.",
	timezone: "Zona waktu",
	timezone_hint: "Waktu ditampilkan menurut zona ini bagi yang belum memilih.",
	language: "Bahasa",
	language_none: "Bahasa peramban",
	language_hint: "Untuk konsol dan email, bagi yang belum memilih.",
	support_contact: "Kontak dukungan",
	support_hint: "Alamat email atau nomor telepon yang dapat dihubungi bila perlu bantuan.",
	save: "Simpan",
	saved: "Pengaturan telah disimpan.",
	logo: "Logo",
	logo_none: "Belum ada logo.",
	logo_of: "Logo {name}",
	logo_choose: "Pilih gambar",
	logo_hint: "PNG atau SVG. Langsung disimpan; skrip dan tautan ke luar dihapus darinya.",
	logo_saved: "Logo telah disimpan.",
	logo_remove_ask: "Hapus logo…",
	logo_remove_title: "Hapus logo?",
	logo_remove: "Hapus logo",
	logo_remove_lead: "Gambar akan dihapus. Anda dapat memilih gambar lain kapan saja.",
	logo_removed: "Logo telah dihapus.",
} satisfies Catalogue<typeof en>;
