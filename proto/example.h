/*
 * example.h - records filled from the examples of the tables: for tests, fuzz seeds, documents.
 */
#ifndef PROTO_EXAMPLE_H
#define PROTO_EXAMPLE_H

#include "proto/codec.h"

enum example_fields { EXAMPLE_REQUIRED, EXAMPLE_ALL };

/* Fills `out` (d->size bytes, overwritten). Lists get two items, binary fields three bytes. An
 * error names the field whose example breaks its own rule. */
enum err example_fill(const struct desc *d, enum example_fields which, struct arena *a, void *out,
                      struct fault *f) MUST_CHECK;

#endif
