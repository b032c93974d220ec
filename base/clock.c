#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int64_t time_from_civil(int year, int month, int day, int hour, int minute, int second)
{
    return days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

char *time_format(int64_t unix_s, char *text)
{
    const int64_t year_0 = -62167219200, year_9999 = 253402300799;
    unix_s = unix_s < year_0 ? year_0 : unix_s > year_9999 ? year_9999 : unix_s;
    time_t seconds = (time_t)unix_s;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    snprintf(text, RFC3339_BYTES, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
             tm.tm_hour, tm.tm_min, tm.tm_sec);
    return text;
}

/* Reads exactly `digits` digits at *at and moves it. */
static bool take_number(struct slice text, size_t *at, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (*at >= text.len || !ascii_is_digit(text.ptr[*at])) {
            return false;
        }
        *value = *value * 10 + (text.ptr[*at] - '0');
    }
    return true;
}

static bool take_one_of(struct slice text, size_t *at, const char *set)
{
    if (*at >= text.len || strchr(set, text.ptr[*at]) == NULL || text.ptr[*at] == '\0') {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_offset(struct slice text, size_t *at, int *offset_s)
{
    *offset_s = 0;
    if (take_one_of(text, at, "Zz")) {
        return true;
    }
    if (*at >= text.len || (text.ptr[*at] != '+' && text.ptr[*at] != '-')) {
        return false;
    }
    int sign = text.ptr[(*at)++] == '-' ? -1 : 1, hours, minutes;
    if (!take_number(text, at, 2, &hours) || !take_one_of(text, at, ":") || !take_number(text, at, 2, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool date_exists(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

int time_parse(struct slice text, int64_t *unix_s)
{
    int year, month, day, hour, minute, second, offset_s;
    size_t at = 0;
    bool shaped = take_number(text, &at, 4, &year) && take_one_of(text, &at, "-") &&
                  take_number(text, &at, 2, &month) && take_one_of(text, &at, "-") && take_number(text, &at, 2, &day) &&
                  take_one_of(text, &at, "Tt ") && take_number(text, &at, 2, &hour) && take_one_of(text, &at, ":") &&
                  take_number(text, &at, 2, &minute) && take_one_of(text, &at, ":") &&
                  take_number(text, &at, 2, &second);
    if (!shaped || !date_exists(year, month, day) || hour > 23 || minute > 59 || second > 60) {
        return -1;
    }
    if (take_one_of(text, &at, ".")) {
        size_t start = at;
        while (at < text.len && ascii_is_digit(text.ptr[at])) {
            at++;
        }
        if (at == start) {
            return -1;
        }
    }
    if (!take_offset(text, &at, &offset_s) || at != text.len) {
        return -1;
    }
    *unix_s = time_from_civil(year, month, day, hour, minute, second) - offset_s;
    return 0;
}
