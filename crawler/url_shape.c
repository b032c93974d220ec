#include "crawler/url_shape.h"

#include "crawler/url.h"

#include <stdlib.h>
#include <string.h>

#define LONG_WORD_BYTES     20
#define HEX_BYTES_MIN       8
#define ENDING_BYTES_MAX    5
#define PARAMETER_COUNT_MAX 32

static bool is_letter(char c)
{
    return ascii_is_alpha(c) || (unsigned char)c >= 0x80;
}

static bool is_joint(struct slice s, size_t i)
{
    return strchr("-_+.,", s.ptr[i]) != NULL || slice_starts_with(slice_from(s, i), SLICE("%20"));
}

/* What a segment is made of. */
struct makeup {
    size_t letters;
    size_t digits;
    size_t words; /* runs of letters */
    bool all_hex; /* but for dashes */
    size_t joints;
};

static struct makeup makeup_of(struct slice s)
{
    struct makeup makeup = {.all_hex = true};
    bool in_word = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        /* An encoded byte is a letter of some language. */
        bool encoded = c == '%' && i + 2 < s.len && !is_joint(s, i);
        bool letter = is_letter(c) || encoded;
        makeup.letters += letter ? 1 : 0;
        makeup.digits += ascii_is_digit(c) ? 1 : 0;
        makeup.joints += is_joint(s, i) ? 1 : 0;
        makeup.words += letter && !in_word ? 1 : 0;
        makeup.all_hex = makeup.all_hex && (ascii_hex_value(c) >= 0 || c == '-');
        in_word = letter;
        i += encoded || c == '%' ? 2 : 0;
    }
    return makeup;
}

static void append_digits_folded(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool digit = ascii_is_digit(s.ptr[i]);
        if (!digit)
            buf_append_byte(out, s.ptr[i]);
        else if (i == 0 || !ascii_is_digit(s.ptr[i - 1]))
            buf_append_byte(out, '0');
    }
}

static void append_stem(struct buf *out, struct slice stem)
{
    struct makeup makeup = makeup_of(stem);
    if (makeup.all_hex && makeup.letters > 0 && makeup.digits > 0 && makeup.letters + makeup.digits >= HEX_BYTES_MIN)
        buf_append_byte(out, '#');
    else if ((makeup.joints > 0 && makeup.words > 1) || makeup.letters > LONG_WORD_BYTES)
        buf_append_byte(out, '~');
    else
        append_digits_folded(out, stem);
}

/* ".html" and the like: letters and digits, beginning with a letter. */
static struct slice ending_of(struct slice segment)
{
    for (size_t i = segment.len; i > 1 && segment.len - i <= ENDING_BYTES_MAX; i--) {
        char c = segment.ptr[i - 1];
        if (c == '.')
            return i < segment.len && ascii_is_alpha(segment.ptr[i]) ? slice_from(segment, i - 1) : SLICE_EMPTY;
        if (!ascii_is_alpha(c) && !ascii_is_digit(c))
            break;
    }
    return SLICE_EMPTY;
}

static void append_segment(struct buf *out, struct slice segment)
{
    struct slice ending = ending_of(segment);
    append_stem(out, slice_make(segment.ptr, segment.len - ending.len));
    buf_append_slice(out, ending);
}

static int compare_names(const void *left, const void *right)
{
    const struct slice *a = left;
    const struct slice *b = right;
    int order = memcmp(a->ptr, b->ptr, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static void append_query(struct buf *out, struct slice query)
{
    struct slice names[PARAMETER_COUNT_MAX];
    size_t count = 0;
    struct slice parameter = SLICE_EMPTY;
    while (count < PARAMETER_COUNT_MAX && slice_next(&query, '&', &parameter)) {
        parameter.len = slice_find_byte(parameter, '=');
        if (parameter.len > 0)
            names[count++] = parameter;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && slice_equal(names[i], names[i - 1]))
            continue;
        buf_append_byte(out, i == 0 ? '?' : '&');
        append_digits_folded(out, names[i]);
    }
}

void url_shape_append(struct buf *out, struct slice path_query)
{
    struct slice path = url_path(path_query);
    struct slice segment = SLICE_EMPTY;
    bool first = true;
    for (; slice_next(&path, '/', &segment); first = false) {
        if (!first)
            buf_append_byte(out, '/');
        append_segment(out, segment);
    }
    /* slice_next does not tell "/a/" from "/a". */
    struct slice whole = url_path(path_query);
    if (whole.len > 0 && whole.ptr[whole.len - 1] == '/')
        buf_append_byte(out, '/');
    append_query(out, url_query(path_query));
}

struct slice url_first_segment(struct slice path_query)
{
    struct slice path = slice_from(url_path(path_query), 1);
    size_t slash = slice_find_byte(path, '/');
    return slash < path.len ? slice_make(path.ptr, slash) : SLICE_EMPTY;
}

/* "2024", "2024-05", "2024-05-01", "20240501", "202405": a year of our time and perhaps month and day. */
static bool is_date(struct slice s, bool alone)
{
    struct makeup makeup = makeup_of(s);
    if (makeup.letters > 0 || s.len < 4 || s.len > 10 || makeup.digits + makeup.joints != s.len)
        return false;
    bool century = (s.ptr[0] == '1' && s.ptr[1] == '9') || (s.ptr[0] == '2' && s.ptr[1] <= '1');
    return century && (makeup.digits == 6 || makeup.digits == 8 || (makeup.digits == 4 && alone && makeup.joints == 0));
}

static bool is_small_number(struct slice s)
{
    return s.len > 0 && s.len <= 2 && ascii_is_digit(s.ptr[0]) && ascii_is_digit(s.ptr[s.len - 1]);
}

static bool path_is_dated(struct slice path)
{
    struct slice last[3] = {{0}};
    struct slice segment = SLICE_EMPTY;
    while (slice_next(&path, '/', &segment)) {
        if (segment.len == 0)
            continue;
        last[2] = last[1];
        last[1] = last[0];
        last[0] = segment;
    }
    if (is_date(last[0], false))
        return true;
    if (!is_small_number(last[0]))
        return false;
    return is_date(last[1], true) || (is_small_number(last[1]) && is_date(last[2], true));
}

bool url_is_dated(struct slice path_query)
{
    struct slice query = url_query(path_query);
    struct slice parameter = SLICE_EMPTY;
    while (slice_next(&query, '&', &parameter)) {
        struct slice name = slice_make(parameter.ptr, slice_find_byte(parameter, '='));
        struct slice value = slice_from(parameter, name.len + 1);
        bool year = slice_find_nocase(name, SLICE("year")) < name.len || slice_equal_nocase(name, SLICE("y"));
        if (is_date(value, year))
            return true;
    }
    return path_is_dated(url_path(path_query));
}
