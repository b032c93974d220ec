#include "crawler/log_line.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <string.h>

static int number_of(const char *digits, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_digit(digits[i]))
            return -1;
        value = value * 10 + (digits[i] - '0');
    }
    return value;
}

/* Position of the next quote that no backslash escapes, or s.len. */
static size_t find_quote(struct slice s)
{
    for (size_t from = 0; from < s.len;) {
        const char *quote = memchr(s.ptr + from, '"', s.len - from);
        if (quote == NULL)
            return s.len;
        size_t at = (size_t)(quote - s.ptr);
        size_t backslashes = 0;
        while (backslashes < at - from && s.ptr[at - 1 - backslashes] == '\\')
            backslashes++;
        if (backslashes % 2 == 0)
            return at;
        from = at + 1;
    }
    return s.len;
}

/* --- combined --- */

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12; month++) {
        if (memcmp(names + 3 * month, name, 3) == 0)
            return month + 1;
    }
    return -1;
}

/* "10/Oct/2000:13:55:36 -0700"; -1 if it is no time. */
static int64_t combined_time(struct slice s)
{
    if (s.len < 26 || s.ptr[2] != '/' || s.ptr[6] != '/' || s.ptr[11] != ':' || s.ptr[20] != ' ')
        return -1;
    int day = number_of(s.ptr, 2);
    int month = month_of(s.ptr + 3);
    int year = number_of(s.ptr + 7, 4);
    int hour = number_of(s.ptr + 12, 2);
    int minute = number_of(s.ptr + 15, 2);
    int second = number_of(s.ptr + 18, 2);
    int zone_hours = number_of(s.ptr + 22, 2);
    int zone_minutes = number_of(s.ptr + 24, 2);
    if (day < 0 || month < 0 || year < 0 || hour < 0 || minute < 0 || second < 0 || zone_hours < 0 || zone_minutes < 0)
        return -1;
    int64_t offset = zone_hours * 3600 + zone_minutes * 60;
    int64_t local = time_from_civil(year, month, day, hour, minute, second);
    return s.ptr[21] == '-' ? local + offset : local - offset;
}

/* The virtual host, if four words stand before the time instead of three. */
static struct slice virtual_host(struct slice words)
{
    struct slice first = slice_make(words.ptr, slice_find_byte(words, ' '));
    size_t count = 0;
    for (size_t i = 0; i < words.len; i++)
        count += words.ptr[i] == ' ' ? 1 : 0;
    return count == 4 ? first : SLICE_EMPTY;
}

static bool parse_request(struct slice request, struct log_line *parsed)
{
    size_t space = slice_find_byte(request, ' ');
    parsed->method = slice_make(request.ptr, space);
    parsed->target = slice_from(request, space + 1);
    const char *last = parsed->target.len > 0 ? memrchr(parsed->target.ptr, ' ', parsed->target.len) : NULL;
    if (last != NULL)
        parsed->target.len = (size_t)(last - parsed->target.ptr);
    return parsed->method.len > 0 && parsed->target.len > 0;
}

static bool parse_combined(struct slice line, struct log_line *parsed)
{
    size_t open = slice_find_byte(line, '[');
    struct slice rest = slice_from(line, open + 1);
    size_t close = slice_find_byte(rest, ']');
    if (open == 0 || close == rest.len)
        return false;
    parsed->host = virtual_host(slice_make(line.ptr, open));
    parsed->time_s = combined_time(slice_make(rest.ptr, close));
    rest = slice_from(rest, close + 1);
    if (parsed->time_s < 0 || !slice_starts_with(rest, SLICE(" \"")))
        return false;

    rest = slice_from(rest, 2);
    size_t quote = find_quote(rest);
    struct slice request = slice_make(rest.ptr, quote);
    rest = slice_from(rest, quote + 1);
    if (rest.len < 4 || rest.ptr[0] != ' ')
        return false;
    parsed->status = number_of(rest.ptr + 1, 3);
    return parsed->status >= 100 && parse_request(request, parsed);
}

/* --- JSON --- */

enum field {
    FIELD_HOST,
    FIELD_METHOD,
    FIELD_PATH,
    FIELD_URI,
    FIELD_STATUS,
    FIELD_ORIGIN_STATUS,
    FIELD_TIME,
    FIELD_COUNT
};

static const struct {
    struct slice key;
    enum field field;
} keys[] = {
    {{"ClientRequestHost", 17}, FIELD_HOST},    {{"ClientRequestMethod", 19}, FIELD_METHOD},
    {{"ClientRequestPath", 17}, FIELD_PATH},    {{"ClientRequestURI", 16}, FIELD_URI},
    {{"EdgeResponseStatus", 18}, FIELD_STATUS}, {{"OriginResponseStatus", 20}, FIELD_ORIGIN_STATUS},
    {{"EdgeStartTimestamp", 18}, FIELD_TIME},
};

static enum field field_of(struct slice key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (key.len == keys[i].key.len && memcmp(key.ptr, keys[i].key.ptr, key.len) == 0)
            return keys[i].field;
    }
    return FIELD_COUNT;
}

static void skip_space(struct slice *rest)
{
    while (rest->len > 0 && ascii_is_space(rest->ptr[0]))
        *rest = slice_from(*rest, 1);
}

static bool take_byte(struct slice *rest, char c)
{
    skip_space(rest);
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

/* A string without its quotes, escapes as they are. */
static bool take_string(struct slice *rest, struct slice *string)
{
    if (!take_byte(rest, '"'))
        return false;
    size_t quote = find_quote(*rest);
    if (quote == rest->len)
        return false;
    *string = slice_make(rest->ptr, quote);
    *rest = slice_from(*rest, quote + 1);
    return true;
}

/* Behind the first bracket of an object or array, to behind its last. */
static bool skip_nested(struct slice *rest)
{
    size_t depth = 1;
    while (depth > 0 && rest->len > 0) {
        char c = rest->ptr[0];
        struct slice string = SLICE_EMPTY;
        if (c == '"') {
            if (!take_string(rest, &string))
                return false;
            continue;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        *rest = slice_from(*rest, 1);
    }
    return depth == 0;
}

/* Any value: strings without quotes, numbers and words as they stand, the rest empty. */
static bool take_value(struct slice *rest, struct slice *value)
{
    *value = SLICE_EMPTY;
    skip_space(rest);
    if (rest->len == 0)
        return false;
    char first = rest->ptr[0];
    if (first == '"')
        return take_string(rest, value);
    if (first == '{' || first == '[') {
        *rest = slice_from(*rest, 1);
        return skip_nested(rest);
    }
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != ',' && rest->ptr[end] != '}' && !ascii_is_space(rest->ptr[end]))
        end++;
    *value = slice_make(rest->ptr, end);
    *rest = slice_from(*rest, end);
    return end > 0;
}

static bool take_fields(struct slice line, struct slice *fields)
{
    struct slice rest = line;
    if (!take_byte(&rest, '{'))
        return false;
    if (take_byte(&rest, '}'))
        return true;
    do {
        struct slice key = SLICE_EMPTY;
        struct slice value = SLICE_EMPTY;
        if (!take_string(&rest, &key) || !take_byte(&rest, ':') || !take_value(&rest, &value))
            return false;
        enum field field = field_of(key);
        if (field != FIELD_COUNT)
            fields[field] = value;
    } while (take_byte(&rest, ','));
    return take_byte(&rest, '}');
}

static uint32_t hex_of(struct slice s)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4 && i < s.len; i++) {
        int digit = ascii_hex_value(s.ptr[i]);
        value = value * 16 + (uint32_t)(digit > 0 ? digit : 0);
    }
    return value;
}

/* "\u00e9" and the like; a pair of surrogates is two replacement characters, which no URL is asked with. */
static struct slice unescape(struct slice s, struct buf *room)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\\' || i + 1 == s.len) {
            buf_append_byte(room, s.ptr[i]);
            continue;
        }
        char c = s.ptr[++i];
        const char *known = c != '\0' ? strchr(plain, c) : NULL;
        if (c == 'u') {
            utf8_append(room, hex_of(slice_from(s, i + 1)));
            i += 4;
        } else {
            buf_append_byte(room, known != NULL ? meant[known - plain] : c);
        }
    }
    return buf_slice(room);
}

/* A number is seconds, milli-, micro- or nanoseconds since 1970: which, its size tells. */
static int64_t json_time(struct slice s)
{
    int64_t time = -1;
    if (time_parse(s, &time) == 0)
        return time;
    uint64_t number = 0;
    for (size_t i = 0; i < s.len && i < 19 && ascii_is_digit(s.ptr[i]); i++)
        number = number * 10 + (uint64_t)(s.ptr[i] - '0');
    while (number > UINT64_C(99999999999))
        number /= 1000;
    return number > 0 ? (int64_t)number : -1;
}

static bool parse_json(struct slice line, struct buf *room, struct log_line *parsed)
{
    struct slice fields[FIELD_COUNT] = {{0}};
    if (!take_fields(line, fields))
        return false;
    parsed->host = fields[FIELD_HOST];
    parsed->method = fields[FIELD_METHOD];
    parsed->target = fields[FIELD_URI].len > 0 ? fields[FIELD_URI] : fields[FIELD_PATH];
    if (slice_find_byte(parsed->target, '\\') < parsed->target.len)
        parsed->target = unescape(parsed->target, room);
    struct slice status = fields[FIELD_STATUS].len > 0 ? fields[FIELD_STATUS] : fields[FIELD_ORIGIN_STATUS];
    if (status.len == 3)
        parsed->status = number_of(status.ptr, 3);
    if (fields[FIELD_TIME].len > 0)
        parsed->time_s = json_time(fields[FIELD_TIME]);
    return parsed->status >= 0 && parsed->method.len > 0 && parsed->target.len > 0;
}

bool log_line_parse(struct slice line, struct buf *room, struct log_line *parsed)
{
    *parsed = (struct log_line){.time_s = -1};
    buf_reset(room);
    return line.len > 0 && line.ptr[0] == '{' ? parse_json(line, room, parsed) : parse_combined(line, parsed);
}
