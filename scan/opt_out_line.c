#include "base/clock.h"
#include "crawler/hostname.h"
#include "scan/opt_out.h"

#include <string.h>

#define SECONDS_PER_DAY 86400

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

static bool parse_digits(struct slice text, int *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i])) {
            return false;
        }
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return true;
}

int opt_out_parse_expiry(struct slice text, int64_t *expires_s)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || !parse_digits(slice_make(text.ptr, 4), &year) ||
        !parse_digits(slice_make(text.ptr + 5, 2), &month) || !parse_digits(slice_make(text.ptr + 8, 2), &day)) {
        return -1;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return -1;
    }
    *expires_s = time_from_civil(year, month, day, 0, 0, 0) + SECONDS_PER_DAY;
    return 0;
}

/* Cuts the next word off: up to white space, but a quoted part holds white space too. False at the end of the line, at
 * a comment, or with *fault set. */
static bool next_word(struct slice *rest, struct slice *word, const char **fault)
{
    while (rest->len > 0 && ascii_is_space(rest->ptr[0])) {
        *rest = slice_from(*rest, 1);
    }
    if (rest->len == 0 || rest->ptr[0] == '#') {
        return false;
    }
    bool quoted = false;
    size_t end = 0;
    for (; end < rest->len && (quoted || !ascii_is_space(rest->ptr[end])); end++) {
        quoted ^= rest->ptr[end] == '"';
    }
    if (quoted) {
        *fault = "a quotation mark is not closed";
        return false;
    }
    *word = slice_make(rest->ptr, end);
    *rest = slice_from(*rest, end);
    return true;
}

static const char *take_expiry(struct slice value, struct opt_out_line *parsed)
{
    if (parsed->expires_s != OPT_OUT_NEVER_EXPIRES) {
        return "expires= stands there twice";
    }
    return opt_out_parse_expiry(value, &parsed->expires_s) == 0 ? NULL : "expires= needs a date such as 2027-06-30";
}

static const char *take_reason(struct slice value, struct opt_out_line *parsed)
{
    if (parsed->reason.ptr != NULL) {
        return "reason= stands there twice";
    }
    if (value.len < 2 || value.ptr[0] != '"' || slice_find_byte(slice_from(value, 1), '"') != value.len - 2) {
        return "reason= needs a text in quotation marks";
    }
    parsed->reason = slice_make(value.ptr + 1, value.len - 2);
    return NULL;
}

static const char *take_word(struct slice word, struct opt_out_line *parsed)
{
    if (slice_starts_with(word, SLICE("expires="))) {
        return take_expiry(slice_from(word, strlen("expires=")), parsed);
    }
    if (slice_starts_with(word, SLICE("reason="))) {
        return take_reason(slice_from(word, strlen("reason=")), parsed);
    }
    return "only expires= and reason= may follow an entry";
}

const char *opt_out_parse_line(struct slice line, struct opt_out_line *parsed)
{
    *parsed = (struct opt_out_line){.expires_s = OPT_OUT_NEVER_EXPIRES};
    if (line.len > 0 && memchr(line.ptr, '\0', line.len) != NULL) {
        return "it holds a NUL byte";
    }
    const char *fault = NULL;
    struct slice word = SLICE_EMPTY;
    while (fault == NULL && next_word(&line, &word, &fault)) {
        if (parsed->entry.len == 0) {
            parsed->entry = word;
        } else {
            fault = take_word(word, parsed);
        }
    }
    return fault;
}

static bool looks_like_addresses(struct slice text)
{
    return slice_find_byte(text, '/') < text.len || slice_find_byte(text, ':') < text.len;
}

const char *opt_out_parse_entry(struct slice text, struct opt_out_entry *entry)
{
    *entry = (struct opt_out_entry){.kind = OPT_OUT_ZONE};
    struct slice name = text;
    if (slice_starts_with_nocase(text, SLICE("host:"))) {
        entry->kind = OPT_OUT_HOST;
        name = slice_from(text, strlen("host:"));
    } else if (address_range_parse(text, &entry->range) == 0) {
        entry->kind = OPT_OUT_RANGE;
        return NULL;
    } else if (looks_like_addresses(text)) {
        return "it is neither a name nor an address or a range such as 192.0.2.0/24 (with no bits behind the prefix)";
    }
    enum hostname_fault fault = hostname_normalise(name, entry->name);
    return fault == HOSTNAME_OK ? NULL : hostname_fault_text(fault);
}
