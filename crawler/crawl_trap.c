#include "crawler/crawl_trap.h"

#include "base/hash.h"
#include "base/limits.h"
#include "crawler/links.h"
#include "crawler/private_query.h"
#include "crawler/url.h"

/* A sequence of segments that follows itself this often is no accident. */
#define REPETITIONS 3

/* True if the last REPETITIONS * period segments are one sequence over and over. */
static bool repeats(const uint64_t *segments, size_t count, size_t period)
{
    for (size_t i = count - (REPETITIONS - 1) * period; i < count; i++) {
        if (segments[i] != segments[i - period])
            return false;
    }
    return true;
}

static bool path_is_trap(struct slice path)
{
    uint64_t segments[LIMIT_PATH_SEGMENTS];
    size_t count = 0;
    struct slice segment = SLICE_EMPTY;
    while (slice_next(&path, '/', &segment)) {
        if (segment.len == 0)
            continue;
        if (count == LIMIT_PATH_SEGMENTS)
            return true;
        segments[count++] = hash_slice(segment);
        for (size_t period = 1; REPETITIONS * period <= count; period++) {
            if (repeats(segments, count, period))
                return true;
        }
    }
    return false;
}

static bool query_is_trap(struct slice query)
{
    struct slice parameter = SLICE_EMPTY;
    size_t count = 0;
    while (slice_next(&query, '&', &parameter))
        count++;
    return count > LIMIT_QUERY_PARAMETERS;
}

static struct slice last_segment(struct slice path)
{
    struct slice segment = SLICE_EMPTY;
    while (slice_next(&path, '/', &segment))
        continue;
    return segment;
}

/* "info@example.com", but not "@somebody", "vue@3.2.1" or "logo@2x.png". */
static bool is_mail_address(struct slice segment)
{
    struct slice rest = slice_from(segment, slice_find_byte(segment, '@') + 1);
    struct slice label = SLICE_EMPTY;
    size_t labels = 0;
    if (segment.len == 0 || segment.ptr[0] == '@')
        return false;
    while (slice_next(&rest, '.', &label)) {
        if (label.len == 0 || !ascii_is_alpha(label.ptr[0]))
            return false;
        labels++;
    }
    return labels >= 2 && slice_find_byte(label, '-') == label.len;
}

static bool path_is_mail_address(struct slice path)
{
    return link_kind_refine(LINK_PAGE, path) == LINK_PAGE && is_mail_address(last_segment(path));
}

bool url_is_crawl_trap(struct slice path_query)
{
    return path_is_trap(url_path(path_query)) || query_is_trap(url_query(path_query)) ||
           query_has_session(path_query) || path_is_mail_address(path_query);
}
