/*
 * json.h - structs to and from JSON by descriptor, with yajl.
 *
 * Mapping: TIME is RFC 3339 in UTC with milliseconds only when there are any; BLOB is base64; INT
 * beyond 2^53 is text (and text of digits is accepted for any INT); absent optional fields are
 * left out when writing, and null counts as absent when reading. SECRET fields are never written.
 * Reading is strict: an unknown or doubled field is a fault that names it, so that a misspelt name
 * in a REST body is not silently ignored. Depth is limited by CODEC_MAX_DEPTH.
 */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include "proto/codec.h"

/* Reads one JSON object. Texts and lists are copied into the arena. Fields in `out` that are
 * present already (path or query parameters set by the caller) may not be given again: fault. The
 * caller clears `out`. Required fields are checked by json_require(), after all sources. */
enum err json_decode(const struct desc *d, const char *text, size_t n, struct arena *a, void *out,
                     struct fault *f) MUST_CHECK;

/* Sets one field from text, as it stands in a path or query; WORDS split at commas. */
enum err json_field_from_text(const struct desc *d, const struct field_desc *field,
                              struct view text, struct arena *a, void *out,
                              struct fault *f) MUST_CHECK;

/* ERR_MISSING naming the first required field that is absent. */
enum err json_require(const struct desc *d, const void *in, struct fault *f) MUST_CHECK;

/* Appends the record as one JSON object. */
enum err json_encode(const struct desc *d, const void *in, struct buf *b) MUST_CHECK;

/* Appends one present field's value; for callers that project records onto other shapes. */
enum err json_encode_field(const struct desc *d, const struct field_desc *field, const void *in,
                           struct buf *b) MUST_CHECK;

/* Appends v as a JSON string with quotes. */
enum err json_encode_text(struct view v, struct buf *b) MUST_CHECK;

/* RFC 3339 in UTC: "2026-03-05T02:15:00Z". `out` has at least 32 bytes. */
void time_to_text(int64_t ms, char *out, size_t size);

/* RFC 3339 with any offset to ms since 1970; false if it is none. */
bool time_from_text(struct view v, int64_t *ms);

/* True for a calendar date YYYY-MM-DD. */
bool date_valid(struct view v);

/* Days since 1970-01-01 of a valid date. */
int64_t date_days(struct view v);

#endif
