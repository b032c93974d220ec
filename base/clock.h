/* Time as values. Only the rim reads a clock; everything else gets the time as a parameter. */
#ifndef ORIGINTLS_BASE_CLOCK_H
#define ORIGINTLS_BASE_CLOCK_H

#include "base/slice.h"

#include <stdint.h>

/* Milliseconds that only grow; the zero is arbitrary. */
int64_t clock_monotonic_ms(void);
/* Seconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_s(void);

#define RFC3339_BYTES 80 /* what a compiler can prove; 21 are used */
/* "2026-11-23T17:45:00Z". `text` holds RFC3339_BYTES. Years outside 0..9999 are clamped. Returns text. */
char *time_format(int64_t unix_s, char *text);
/* RFC 3339 with Z or a numeric offset; fractions of a second are accepted and dropped. 0, or -1 when malformed. */
int time_parse(struct slice text, int64_t *unix_s);
/* A calendar date and time of day in UTC to seconds since 1970; month 1..12. No check of ranges. */
int64_t time_from_civil(int year, int month, int day, int hour, int minute, int second);

#endif
