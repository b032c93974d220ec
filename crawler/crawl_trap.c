#include "crawler/crawl_trap.h"

#include "base/hash.h"
#include "base/limits.h"
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

bool url_is_crawl_trap(struct slice path_query)
{
    return path_is_trap(url_path(path_query)) || query_is_trap(url_query(path_query)) || query_has_session(path_query);
}
