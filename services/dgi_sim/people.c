/*
 * people.c - see people.h.
 */
#include "services/dgi_sim/people.h"

const char *const given_names[GIVEN_NAMES] = {
    "Adi",    "Agus",  "Andi",    "Anisa",   "Arif",  "Ayu",   "Bagas",  "Bayu",  "Budi",  "Citra",
    "Dedi",   "Dewi",  "Dian",    "Eka",     "Fajar", "Fitri", "Galih",  "Gita",  "Hadi",  "Hendra",
    "Indah",  "Joko",  "Kartika", "Lestari", "Lina",  "Made",  "Maya",   "Nanda", "Nur",   "Putri",
    "Rahmat", "Ratna", "Rini",    "Rizki",   "Sari",  "Siti",  "Slamet", "Tri",   "Wahyu", "Yanti",
};

const char *const family_names[FAMILY_NAMES] = {
    "Anggraini", "Fauzi",    "Firmansyah", "Gunawan", "Halim",   "Handayani", "Harahap", "Hidayat",
    "Irawan",    "Iskandar", "Kurniawan",  "Kusuma",  "Lubis",   "Maharani",  "Mulyadi", "Nasution",
    "Nugroho",   "Permana",  "Pratama",    "Purnama", "Rahayu",  "Ramadhan",  "Saputra", "Setiawan",
    "Siregar",   "Sudrajat", "Suharto",    "Suryadi", "Susanti", "Utami",     "Wibowo",  "Wijaya",
};

const char *const streets[STREETS] = {
    "Jl. Contoh Raya", "Jl. Melati",    "Jl. Mawar",      "Jl. Kenanga",  "Jl. Cempaka",
    "Jl. Anggrek",     "Jl. Flamboyan", "Jl. Teratai",    "Jl. Merpati",  "Jl. Kutilang",
    "Jl. Cendrawasih", "Jl. Rajawali",  "Jl. Pahlawan",   "Jl. Veteran",  "Jl. Pemuda",
    "Jl. Merdeka",     "Jl. Kartini",   "Jl. Diponegoro", "Jl. Sudirman", "Jl. Gajah Mada",
    "Gg. Damai",       "Gg. Mulia",     "Gg. Sejahtera",  "Gg. Bahagia",
};

const struct area areas[AREAS] = {
    {"3201", "320101", "3201010001", "16110", "Contoh Utara"},
    {"3201", "320101", "3201010002", "16111", "Contoh Selatan"},
    {"3201", "320102", "3201020001", "16120", "Sukamaju"},
    {"3201", "320103", "3201030004", "16135", "Sukasari"},
    {"3202", "320201", "3202010001", "16210", "Mekarjaya"},
    {"3202", "320202", "3202020003", "16222", "Mekarsari"},
    {"3202", "320204", "3202040002", "16240", "Karangtengah"},
    {"3203", "320301", "3203010005", "16310", "Sindangbaru"},
    {"3203", "320302", "3203020001", "16320", "Cibodas Baru"},
    {"3203", "320303", "3203030002", "16333", "Pasirhuni"},
    {"3204", "320401", "3204010001", "16410", "Tanjungharapan"},
    {"3204", "320405", "3204050003", "16455", "Bojongasri"},
};

const struct weight unit_mix[UNIT_MIX] = {
    {"BEA", 300, -35}, {"VAR", 210, 5}, {"SCO", 170, 20}, {"PCX", 90, 14},
    {"GEN", 80, -14},  {"STY", 20, 40}, {"ADV", 40, 12},  {"REV", 50, -9},
    {"SUP", 35, -8},   {"CBR", 20, 0},  {"EM1", 4, 22},
};

const struct weight source_mix[SOURCES] = {
    {"0001", 130, -20}, {"0002", 60, -8}, {"0003", 70, -12}, {"0004", 320, -35}, {"0005", 60, 0},
    {"0006", 45, 0},    {"0007", 35, 22}, {"0008", 80, 45},  {"0009", 50, -4},   {"0010", 10, 24},
    {"0011", 90, 0},    {"0012", 25, 4},  {"9999", 15, 0},
};
