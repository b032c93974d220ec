#include "tests/data/pages/fixtures.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

struct reading {
    struct page_pair pair;
    bool open; /* a pair was begun */
    bool same;
    enum half half;
    char sentence[160];
    int fetch; /* whose body is being read; -1: none yet */
    fixture_visit *visit;
    void *context;
};

static void finish_pair(struct reading *r)
{
    if (!r->open) {
        return;
    }
    static const int first[] = {[FETCH_AGAIN_A] = FETCH_A, [FETCH_AGAIN_B] = FETCH_B};
    for (int fetch = FETCH_AGAIN_A; fetch <= FETCH_AGAIN_B; fetch++) {
        if (r->pair.bodies[fetch].len == 0) {
            buf_append_slice(&r->pair.bodies[fetch], buf_slice(&r->pair.bodies[first[fetch]]));
            page_pair_set_type(&r->pair, (enum fetch)fetch, r->pair.content_types[first[fetch]]);
        }
    }
    page_pair_view(&r->pair);
    r->visit(r->context, r->sentence, r->same, r->half, &r->pair);
    page_pair_release(&r->pair);
    r->open = false;
}

static bool begin_pair(struct reading *r, struct slice line)
{
    struct slice label, half;
    finish_pair(r);
    if (!slice_next(&line, ' ', &label) || !slice_next(&line, ' ', &half)) {
        return false;
    }
    r->same = slice_equal(label, SLICE("same"));
    r->half = slice_equal(half, SLICE("training")) ? HALF_TRAINING : HALF_HELD_OUT;
    snprintf(r->sentence, sizeof r->sentence, "%.*s", SLICE_ARG(line));
    page_pair_init(&r->pair);
    r->open = true;
    r->fetch = -1;
    return (r->same || slice_equal(label, SLICE("different"))) &&
           (r->half == HALF_TRAINING || slice_equal(half, SLICE("held-out")));
}

static bool begin_body(struct reading *r, struct slice line)
{
    static const char *const names[FETCH_COUNT] = {"a", "b", "again-a", "again-b"};
    struct slice name;
    if (!r->open || !slice_next(&line, ' ', &name)) {
        return false;
    }
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (slice_equal(name, slice_of(names[i]))) {
            char type[64];
            r->fetch = i;
            snprintf(type, sizeof type, "%.*s", SLICE_ARG(line));
            page_pair_set_type(&r->pair, (enum fetch)i, line.len > 0 ? type : "text/html; charset=utf-8");
            return true;
        }
    }
    return false;
}

static bool read_line(struct reading *r, struct slice line)
{
    if (slice_starts_with(line, SLICE("### "))) {
        return begin_pair(r, slice_from(line, 4));
    }
    if (slice_starts_with(line, SLICE("--- "))) {
        return begin_body(r, slice_from(line, 4));
    }
    if (!r->open || r->fetch < 0) {
        return slice_trim(line).len == 0 || line.ptr[0] == '#';
    }
    buf_append_slice(&r->pair.bodies[r->fetch], line);
    buf_append_byte(&r->pair.bodies[r->fetch], '\n');
    return true;
}

int fixtures_read(const char *path, fixture_visit *visit, void *context, struct err *err)
{
    struct buf text;
    if (file_read(path, LIMIT_INPUT_FILE_BYTES, &text, err) != 0) {
        buf_release(&text);
        return -1;
    }
    struct reading r = {.fetch = -1, .visit = visit, .context = context};
    struct slice rest = buf_slice(&text), line;
    int result = 0;
    for (int number = 1; result == 0 && slice_next(&rest, '\n', &line); number++) {
        if (!read_line(&r, line)) {
            result = err_set(err, ERR_USAGE, "%s:%d: not understood", path, number);
        }
    }
    if (result == 0) {
        finish_pair(&r);
    } else if (r.open) {
        page_pair_release(&r.pair);
    }
    buf_release(&text);
    return result;
}
