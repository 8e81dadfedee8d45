/*
 * undef.h - ends one pass over messages/all.def: forgets the row macros.
 * Included several times on purpose, so it has no guard.
 */
#undef MSG
#undef RECORD
#undef EVENT
#undef TEXT
#undef BLOB
#undef INT
#undef REAL
#undef BOOL
#undef TIME
#undef DATE
#undef UUID
#undef ENUM
#undef SUB
#undef LIST
#undef WORDS
#undef END
