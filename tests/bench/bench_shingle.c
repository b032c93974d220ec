/* How fast are two texts and two pages compared? Similarity is held against a bare loop that hashes words, sorts the
 * hashes of five in a row and merges, written here; whole judgements against megabytes per second of both pages. */
#include "base/hash.h"
#include "compare/compare.h"
#include "compare/shingle.h"
#include "compare/word_reader.h"
#include "tests/bench/figure.h"
#include "tests/data/pages/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     41
#define REPEATS    40
#define PAGE_BYTES 14000
#define WIDTH      5
#define MEGABYTE   1e6

static volatile double sink; /* so that nothing is optimised away */

/* ---- the bare loop ---- */

static size_t bare_shingles(struct slice text, uint64_t *shingles)
{
    uint64_t last[WIDTH] = {0};
    size_t count = 0, words = 0;
    struct slice word;
    while (slice_next(&text, ' ', &word)) {
        last[words++ % WIDTH] = hash_slice(word);
        if (words >= WIDTH) {
            uint64_t hash = 0;
            for (size_t i = 0; i < WIDTH; i++) {
                hash = hash_mix(hash, last[(words + i) % WIDTH]);
            }
            shingles[count++] = hash;
        }
    }
    return count;
}

static void bare_sort(uint64_t *values, uint64_t *spare, size_t count)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t at[257] = {0};
        for (size_t i = 0; i < count; i++) {
            at[(values[i] >> shift & 255) + 1]++;
        }
        for (size_t i = 0; i < 256; i++) {
            at[i + 1] += at[i];
        }
        for (size_t i = 0; i < count; i++) {
            spare[at[values[i] >> shift & 255]++] = values[i];
        }
        memcpy(values, spare, count * sizeof *values);
    }
}

static double bare_similarity(struct slice a, struct slice b, uint64_t *x, uint64_t *y, uint64_t *spare)
{
    size_t m = bare_shingles(a, x), n = bare_shingles(b, y), i = 0, j = 0, both = 0, all = 0;
    bare_sort(x, spare, m);
    bare_sort(y, spare, n);
    while (i < m || j < n) {
        bool left = j == n || (i < m && x[i] <= y[j]), right = i == m || (j < n && y[j] <= x[i]);
        uint64_t value = left ? x[i] : y[j];
        both += left && right;
        all++;
        while (i < m && x[i] == value) {
            i++;
        }
        while (j < n && y[j] == value) {
            j++;
        }
    }
    return (double)both / (double)all;
}

/* ---- ours ---- */

static void shingles_of(struct slice text, struct hash_list *words, struct hash_list *shingles)
{
    struct word_reader reader = {.words = words};
    words->count = shingles->count = 0;
    word_reader_feed(&reader, text);
    word_reader_break(&reader);
    shingle_words(words, WIDTH, shingles);
    hash_list_to_set(shingles);
}

static double our_similarity(struct slice a, struct slice b, struct hash_list *words, struct hash_list *x,
                             struct hash_list *y)
{
    shingles_of(a, words, x);
    shingles_of(b, words, y);
    return set_similarity(x, y);
}

/* ---- measuring ---- */

static void write_text(uint64_t seed, uint64_t changed, struct buf *out)
{
    struct rng rng, other;
    rng_init(&rng, seed);
    rng_init(&other, changed);
    while (out->len < PAGE_BYTES) {
        language_word(LANGUAGE_ENGLISH, rng_below(&other, 40) == 0 ? &other : &rng, out);
        buf_append_byte(out, ' ');
    }
}

static bool measure_similarity(void)
{
    struct buf a = {0}, b = {0};
    write_text(1, 2, &a);
    write_text(1, 3, &b);
    uint64_t *x = malloc(PAGE_BYTES * sizeof *x), *y = malloc(PAGE_BYTES * sizeof *y),
             *z = malloc(PAGE_BYTES * sizeof *z);
    struct hash_list words = {.max = PAGE_BYTES}, p = {.max = PAGE_BYTES}, q = {.max = PAGE_BYTES};
    double ours[ROUNDS], bare[ROUNDS];
    bool ok = x != NULL && y != NULL && z != NULL;
    for (size_t round = 0; ok && round < ROUNDS; round++) {
        double start = figure_thread_cpu_s();
        for (int i = 0; i < REPEATS; i++) {
            sink = our_similarity(buf_slice(&a), buf_slice(&b), &words, &p, &q);
        }
        double middle = figure_thread_cpu_s();
        for (int i = 0; i < REPEATS; i++) {
            sink = bare_similarity(buf_slice(&a), buf_slice(&b), x, y, z);
        }
        ours[round] = middle - start;
        bare[round] = figure_thread_cpu_s() - middle;
    }
    if (ok) {
        double bytes = (double)(a.len + b.len) * REPEATS, seconds = figure_median(ours, ROUNDS);
        figure_for_information("shingle", "similarity of two texts", bytes / seconds / MEGABYTE, "MB/s");
        ok = figure_at_least("shingle", "similarity against a bare hash-and-sort loop",
                             figure_median(bare, ROUNDS) / seconds, "ratio", 0.7);
    }
    hash_list_release(&words);
    hash_list_release(&p);
    hash_list_release(&q);
    free(x);
    free(y);
    free(z);
    buf_release(&a);
    buf_release(&b);
    return ok;
}

/* Seconds for one judgement, the median of many. */
static double time_judgement(const struct compare_response *a, const struct compare_response *b)
{
    double seconds[ROUNDS];
    struct compare_result result;
    for (size_t round = 0; round < ROUNDS; round++) {
        double start = figure_thread_cpu_s();
        for (int i = 0; i < REPEATS; i++) {
            compare_bodies(a, b, NULL, NULL, &result);
            sink = result.text_similarity;
        }
        seconds[round] = (figure_thread_cpu_s() - start) / REPEATS;
    }
    return figure_median(seconds, ROUNDS);
}

/* A page of `layout` of about 14 kB, and the next load of it with tokens and a banner. */
static void make_pages(enum layout layout, struct page_pair *pair)
{
    struct site site;
    site_make(&site, 4711);
    site.language = LANGUAGE_ENGLISH;
    site.layout = layout;
    site.habits = HABIT_TOKENS | HABIT_BANNER | HABIT_CLOCK;
    site.boilerplate = 20;
    for (site.article = 8; pair->bodies[FETCH_A].len < PAGE_BYTES; site.article += 4) {
        struct pair_side side = {&site, 1, LINKS_RELATIVE};
        page_pair_render(pair, &side, &side, 1);
    }
    page_pair_view(pair);
}

static bool measure_judgement(void)
{
    static const char *const names[] = {
        "unequal articles of 14 kB", "unequal pages of nested boxes", "unequal tables",
        "unequal manual pages",      "unequal product pages",         "unequal forum pages"};
    bool ok = true;
    for (size_t layout = 0; layout < LAYOUT_COUNT; layout++) {
        struct page_pair pair;
        page_pair_init(&pair);
        make_pages((enum layout)layout, &pair);
        const struct compare_response *a = &pair.responses[FETCH_A], *b = &pair.responses[FETCH_B];
        double bytes = (double)(a->body.len + b->body.len);
        ok &= figure_at_least("shingle", names[layout], bytes / time_judgement(a, b) / MEGABYTE, "MB/s", 150);
        if (layout == 0) {
            char *copy = slice_dup(a->body);
            struct compare_response same = *a;
            same.body.ptr = copy != NULL ? copy : a->body.ptr;
            bytes = 2.0 * (double)a->body.len;
            ok &= figure_at_least("shingle", "equal pages of 14 kB", bytes / time_judgement(a, &same) / MEGABYTE,
                                  "MB/s", 5000);
            free(copy);
        }
        page_pair_release(&pair);
    }
    return ok;
}

/* ---- growth ---- */

#define GROWTH_BYTES (64u << 10)
#define GROWTH       16

static void repeat(const char *piece, size_t bytes, struct buf *out)
{
    buf_reset(out);
    while (out->len < bytes) {
        buf_append_text(out, piece);
    }
}

static double time_hostile(const char *piece, size_t bytes)
{
    struct buf body = {0};
    repeat(piece, bytes, &body);
    struct compare_response a = {.outcome = EXCHANGE_ANSWERED,
                                 .status = 200,
                                 .https = true,
                                 .content_type = SLICE("text/html"),
                                 .body = buf_slice(&body),
                                 .host = SLICE("a.example"),
                                 .path = SLICE("/")},
                            b = a;
    struct compare_result result;
    double seconds[5];
    b.body.len -= 1;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        double start = figure_thread_cpu_s();
        compare_bodies(&a, &b, &a, &b, &result);
        seconds[i] = figure_thread_cpu_s() - start;
    }
    buf_release(&body);
    return figure_median(seconds, sizeof seconds / sizeof seconds[0]);
}

/* Sixteen times the bytes may take sixteen times as long, and some more where memory is slower; not 256 times. */
static bool measure_growth(void)
{
    static const char *const pieces[] = {"<",
                                         "<a ",
                                         "<!--",
                                         "&",
                                         "&amp",
                                         "<p>",
                                         "<svg>",
                                         "<title>",
                                         "<script><!--",
                                         "a ",
                                         "\xe6\x97\xa5",
                                         "<img src=http://",
                                         "<script src=/../../x?",
                                         "x=\"",
                                         "</",
                                         "<h1>",
                                         "<template>",
                                         "]]>"};
    double worst = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        double ratio = time_hostile(pieces[i], GROWTH_BYTES * GROWTH) / time_hostile(pieces[i], GROWTH_BYTES);
        worst = ratio > worst ? ratio : worst;
    }
    return figure_at_most("shingle", "time for 16 times as much hostile markup", worst, "times", 64);
}

int main(void)
{
    bool ok = measure_similarity();
    ok &= measure_judgement();
    ok &= measure_growth();
    return ok ? 0 : 1;
}
