/*
 * fuzz_enrolment.c - any bytes as an enrolment: refused with a reason, or settings of ours alone.
 */
#include "services/daemon/enrolment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err look(void *arg, struct view name, struct view value)
{
    unsigned *n = arg;
    if (name.n < 4 || name.n > ENROLMENT_MAX_NAME || value.n == 0 ||
        memchr(value.p, '\0', value.n) || memchr(name.p, '\0', name.n))
        abort();
    if (memcmp(name.p, "DD_", 3) != 0 && !view_is(name, "DATABASE_URL") &&
        !view_is(name, "REDIS_URL"))
        abort();
    (*n)++;
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned n = 0;
    struct fault f = {0};
    enum err err = enrolment_parse((struct view){(const char *)data, (uint32_t)size}, look, &n, &f);
    if ((err != ERR_OK) != (*f.text != '\0') || n > 64)
        abort();
    return 0;
}
