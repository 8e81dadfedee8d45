/*
 * fuzz_cron.c - any bytes as a cron expression: refused with a place inside of it, or read into
 * something whose runs come one after the other.
 */
#include "services/scheduler/cron.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Berlin's clock in 2026 */
static const struct zone zone = {
    3, {{0, 3600000}, {INT64_C(1774746000000), 7200000}, {INT64_C(1792890000000), 3600000}}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cron cron;
    struct cron_fault fault;
    int64_t at = INT64_C(1774740000000);
    if (cron_parse((struct view){(const char *)data, (uint32_t)size}, &cron, &fault) != ERR_OK) {
        if (fault.position < 1 || fault.position > size + 1 || !*fault.text || !fault.field)
            abort();
        return 0;
    }
    if (!cron.minutes || !cron.hours || !cron.days || !cron.months || !cron.weekdays)
        abort();
    if (cron.minutes >> 60 || cron.hours >> 24 || cron.days & 1 || cron.months & 1 ||
        cron.months >> 13 || cron.weekdays >> 7)
        abort();
    for (int i = 0; i < 20; i++) {
        int64_t next = cron_next(&cron, &zone, at);
        if (next == CRON_NEVER)
            return 0;
        if (next <= at || next % 60000 != 0)
            abort();
        at = next;
    }
    return 0;
}
