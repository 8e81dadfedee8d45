/*
 * fuzz_personal.c - any bytes as a record that could not be stored, and as an answer: what is shown
 * holds nobody's number, and is bounded.
 */
#include "services/daemon/personal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view v = {(const char *)data, (uint32_t)size};
    struct buf out;

    buf_init(&out, 8 * size + 64);
    if (personal_record(view_of("prsp"), v, &out) != ERR_OK || personal_in(buf_view(&out)))
        abort();
    buf_reset(&out);
    if (personal_answer(view_of("prsp"), v, &out) != ERR_OK)
        abort();
    buf_free(&out);
    return 0;
}
