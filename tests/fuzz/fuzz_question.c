/*
 * fuzz_question.c - any frames as the library's question who may come in: each begins with two
 * bytes that tell its length.
 *
 * Property: all texts end within their room; a question is whole only with seven frames, by CURVE,
 * and the key is then the last one.
 */
#include "proto/bus/question.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static bool ends(const char text[QUESTION_FRAME])
{
    return memchr(text, 0, QUESTION_FRAME) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct question q;
    char frame[QUESTION_FRAME] = "";
    size_t n = 0, frames = 0;
    const uint8_t *last = data;
    question_begin(&q);
    while (size >= 2) {
        n = (size_t)data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
        size_t there = n < size ? n : size; /* a long one is cut when it is received */
        memcpy(frame, data, there < sizeof frame ? there : sizeof frame);
        question_take(&q, frame, n);
        last = data;
        data += there;
        size -= there;
        frames++;
    }
    question_end(&q);
    require(ends(q.id) && ends(q.domain) && ends(q.address) && ends(q.mechanism));
    require(q.frames == frames);
    if (q.whole) {
        require(frames == 7 && n == BUS_KEY && strcmp(q.mechanism, "CURVE") == 0);
        require(last + BUS_KEY > data || memcmp(q.key, last, BUS_KEY) == 0);
    }
    return 0;
}
