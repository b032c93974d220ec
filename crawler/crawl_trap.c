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

struct path_reading {
    enum crawl_trap trap;
    size_t repetition; /* how many segments the path has before its last repetition begins */
};

static struct path_reading read_path(struct slice path)
{
    uint64_t segments[LIMIT_PATH_SEGMENTS];
    size_t count = 0;
    struct slice segment = SLICE_EMPTY;
    while (slice_next(&path, '/', &segment)) {
        if (segment.len == 0)
            continue;
        if (count == LIMIT_PATH_SEGMENTS)
            return (struct path_reading){CRAWL_TRAP_DEEP, 0};
        segments[count++] = hash_slice(segment);
        for (size_t period = 1; REPETITIONS * period <= count; period++) {
            if (repeats(segments, count, period))
                return (struct path_reading){CRAWL_TRAP_REPEATS, count - period};
        }
    }
    return (struct path_reading){CRAWL_TRAP_NONE, 0};
}

/* The path's first `count` segments. Behind the last one a slash stays, if the path ended in one. */
static struct slice first_segments(struct slice path, size_t count)
{
    bool in_segment = false;
    size_t end = 0;
    for (; end < path.len; end++) {
        bool slash = path.ptr[end] == '/';
        if (slash && in_segment && --count == 0)
            break;
        in_segment = !slash;
    }
    bool is_folder = slice_ends_with(path, SLICE("/"));
    return slice_make(path.ptr, end < path.len && is_folder ? end + 1 : end);
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

enum crawl_trap crawl_trap_of(struct slice path_query)
{
    struct path_reading path = read_path(url_path(path_query));
    if (path.trap != CRAWL_TRAP_NONE)
        return path.trap;
    if (query_is_trap(url_query(path_query)))
        return CRAWL_TRAP_PARAMETERS;
    if (query_has_session(path_query))
        return CRAWL_TRAP_SESSION;
    return path_is_mail_address(path_query) ? CRAWL_TRAP_MAIL_ADDRESS : CRAWL_TRAP_NONE;
}

bool crawl_trap_stem(enum crawl_trap trap, struct slice path_query, struct buf *stem)
{
    struct slice path = url_path(path_query);
    switch (trap) {
    case CRAWL_TRAP_REPEATS:
        return buf_append_slice(stem, first_segments(path, read_path(path).repetition)) == 0;
    case CRAWL_TRAP_PARAMETERS:
        return buf_append_slice(stem, path) == 0;
    case CRAWL_TRAP_SESSION:
        return url_append_without_session(stem, path_query) == 0;
    case CRAWL_TRAP_NONE:
    case CRAWL_TRAP_DEEP:
    case CRAWL_TRAP_MAIL_ADDRESS:
        break;
    }
    return false;
}
