/*
 * fuzz_dates.c - any bytes as a date: refused, or read into a form that reads back as itself.
 */
#include "services/fetcher/dates.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view v = {(const char *)data, (uint32_t)size};
    char date[11];
    char datetime[20];
    char again[20];

    bool is_date = date_read(v, date);
    if (datetime_read(v, datetime) != is_date)
        abort();
    if (!is_date)
        return 0;
    if (!datetime_read(view_of(datetime), again) || strcmp(datetime, again) != 0)
        abort();
    if (strncmp(date, datetime, 10) != 0 || strlen(date) != 10 || strlen(datetime) != 19)
        abort();
    return 0;
}
