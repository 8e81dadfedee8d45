/*
 * transcode.h - an encoded record to JSON in one pass, for answers that are passed on as they are.
 *
 * DESIGN: the way by a struct (codec_decode, json_encode) costs more than everything else that a
 * gateway does with an answer. Here a bounded cursor walks the MessagePack and the descriptor and
 * writes the JSON beside it. What the two ways share: unknown fields are skipped, nil is absent,
 * secrets are never written; wrong types, doubled or missing fields, broken texts and trailing
 * bytes are errors. What is left out: limits and choices, which the service checked when it encoded
 * the record and which cannot hurt here. A fuzz target holds both ways against each other. Pure.
 */
#ifndef GATEWAY_TRANSCODE_H
#define GATEWAY_TRANSCODE_H

#include "proto/memory.h"

/* True if every field of the record, and of those in it, can be written in one pass. */
bool transcode_fits(const struct desc *d);

/* Appends one JSON object. After an error the buffer's content is not to be used. */
enum err transcode(const struct desc *d, struct view encoded, struct buf *out) MUST_CHECK;

#endif
