/*
 * question.c - reads the library's question: see question.h.
 */
#include "proto/bus/question.h"

#include <string.h>

enum { FRAMES = 7 };

void question_begin(struct question *q)
{
    memset(q, 0, sizeof *q);
}

void question_take(struct question *q, const char *frame, size_t n)
{
    char *const texts[FRAMES] = {NULL, q->id, q->domain, q->address, NULL, q->mechanism};
    if (q->frames < FRAMES && texts[q->frames] && n < QUESTION_FRAME)
        memcpy(texts[q->frames], frame, n);
    q->frames++;
    q->has_key = q->frames == FRAMES && n == BUS_KEY;
    if (q->has_key)
        memcpy(q->key, frame, BUS_KEY);
}

void question_end(struct question *q)
{
    q->whole = q->has_key && strcmp(q->mechanism, "CURVE") == 0;
}
