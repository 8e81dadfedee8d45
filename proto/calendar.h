/*
 * calendar.h - days since 1970-01-01 and their dates in the Gregorian calendar, before and after.
 * Pure.
 */
#ifndef PROTO_CALENDAR_H
#define PROTO_CALENDAR_H

#include <stdint.h>

/* The date must be one. */
int64_t day_of_date(int year, int month, int of_month);

void date_of_day(int64_t day, int *year, int *month, int *of_month);

#endif
