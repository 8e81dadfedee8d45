/*
 * question.h - the library's question who may come in (RFC 27, "ZAP"), frame by frame: version, id,
 * domain, address, routing id, mechanism, key. Pure.
 */
#ifndef PROTO_BUS_QUESTION_H
#define PROTO_BUS_QUESTION_H

#include "proto/bus/allowed.h"

enum { QUESTION_FRAME = 256 };

/* Texts are terminated; one that is longer than its room stays empty. */
struct question {
    char id[QUESTION_FRAME];
    char domain[QUESTION_FRAME];
    char address[QUESTION_FRAME];
    char mechanism[QUESTION_FRAME];
    uint8_t key[BUS_KEY];
    unsigned frames; /* that came */
    bool has_key;    /* the last one is as long as a key */
    bool whole;      /* at the end: well formed, by CURVE, and it shows a key */
};

void question_begin(struct question *q);
/* `n` is the length that the frame had; of a longer one than QUESTION_FRAME the rest is lost. */
void question_take(struct question *q, const char *frame, size_t n);
void question_end(struct question *q);

#endif
