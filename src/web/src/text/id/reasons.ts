import type en from "../en/reasons";
import type { Catalogue } from "../themes";

export default {
	first: "Sinkronisasi pertama sebuah direktori menunggu konfirmasi: {n} orang disebutkan",
	first_nobody: "Sinkronisasi pertama sebuah direktori menunggu konfirmasi: direktori tidak menyebutkan siapa pun",
	empty: "Direktori tidak menyebutkan siapa pun, padahal {n} orang sudah dikenal",
	rollback: "Server tertinggal dari apa yang pernah terlihat darinya, seperti setelah cadangan dipulihkan",
	admins: "{n} Admin akan dinonaktifkan, kehilangan peran itu, atau mendapat nama atau alamat lain dalam 24 jam",
	groups_lost: "{n} grup yang dipetakan akan kehilangan anggotanya dalam 24 jam",
	missing: "{n} dari {people} orang tidak ada lagi tanpa ada penghapusan yang dilaporkan: apakah akun kini boleh membaca lebih sedikit?",
	deactivations: "{n} dari {people} orang akan dinonaktifkan, dan {before} lagi dalam 24 jam sebelumnya; batasnya {most}",
	ends: "{n} dari {people} orang akan dinonaktifkan atau mendapat tanggal penonaktifan, dan {before} lagi dalam 24 jam sebelumnya; batasnya {most}",
	share: "{n} dari {people} orang akan dinonaktifkan, dan {before} lagi dalam 24 jam sebelumnya; itu lebih dari {percent} %",
	share_ends: "{n} dari {people} orang akan dinonaktifkan atau mendapat tanggal penonaktifan, dan {before} lagi dalam 24 jam sebelumnya; itu lebih dari {percent} %",
	emails: "Alamat email {n} dari {people} orang akan berubah dalam 24 jam, lebih dari {percent} %",
	attribute: "{attribute} pada {n} dari {people} orang akan berubah dalam 24 jam, lebih dari {percent} %",
	preview: "Pratinjau diminta: tidak ada yang dilakukan sebelum disetujui",
	differs: "Direktori menyatakan hal lain sejak rencana disetujui",
	rejected_same: "Rencana ditolak, dan direktori masih menyatakan hal yang sama",
	rejected: "Rencana ditolak; rencana lain ditunggu",
	waits: "Sebuah rencana menunggu persetujuan",
} satisfies Catalogue<typeof en>;
