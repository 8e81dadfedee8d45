/*
 * calendar.c - see calendar.h. Years are counted from March, so that the leap day is the last of
 * its year, in the cycle of 400 years after which dates fall on the same days of the week again.
 */
#include "proto/calendar.h"

enum { DAYS_IN_CYCLE = 146097, EPOCH = 719468 /* 1970-01-01, from 0000-03-01 */ };

int64_t day_of_date(int year, int month, int of_month)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + of_month - 1;
    return era * DAYS_IN_CYCLE + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH;
}

void date_of_day(int64_t day, int *year, int *month, int *of_month)
{
    int64_t days = day + EPOCH;
    int64_t era = (days >= 0 ? days : days - (DAYS_IN_CYCLE - 1)) / DAYS_IN_CYCLE;
    int64_t of_era = days - era * DAYS_IN_CYCLE;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *of_month = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}
