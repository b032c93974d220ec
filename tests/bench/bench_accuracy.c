/* How often is the judgement right? On labelled pairs, split by kind into a training and a held-out half, and on whole
 * made-up zones: healthy ones that change with every load, and ones with a single URL that is truly different.
 *
 * With -v every wrong verdict is explained on stderr. */
#include "base/hash.h"
#include "compare/pair.h"
#include "tests/bench/figure.h"
#include "tests/data/pages/documents.h"
#include "tests/data/pages/fixtures.h"
#include "tests/data/pages/markup.h"
#include "tests/data/pages/pairs.h"

#include <stdio.h>
#include <string.h>

#define PAIRS_PER_KIND 12
#define ZONES          500
#define BREAKAGES      10
#define ZONE_PAIRS     60
/* A zone with fewer usable pairs than this has no verdict. */
#define ZONE_MIN_PAIRS 10

static bool verbose;

struct matrix {
    unsigned same[3], different[3]; /* by label: judged same or equivalent, different, unstable */
    unsigned unconfirmed;           /* same by label, different in the first round */
};

enum { PAIR_ALIKE, PAIR_OTHER, PAIR_NEITHER };

static unsigned outcome_of(enum pair_verdict verdict)
{
    if (verdict == PAIR_SAME || verdict == PAIR_EQUIVALENT || verdict == PAIR_IMPROVED) {
        return PAIR_ALIKE;
    }
    return verdict == PAIR_DIFFERENT || verdict == PAIR_UNAVAILABLE ? PAIR_OTHER : PAIR_NEITHER;
}

/* As the engine does: a second fetch of both sides only where it is asked for. A one-sided refusal that stays is no
 * verdict, and as good as a difference: nothing is upgraded on it. */
static enum pair_verdict judge(const struct page_pair *pair, struct noise_memory *noise, struct pair_result *result)
{
    struct pair_input in = {.a = pair->responses[FETCH_A],
                            .b = pair->responses[FETCH_B],
                            .retries = LIMIT_RETRIES_PER_PAIR,
                            .noise = noise};
    pair_judge(&in, result);
    if (result->next == PAIR_FETCH_AGAIN) {
        in.again_a = &pair->responses[FETCH_AGAIN_A];
        in.again_b = &pair->responses[FETCH_AGAIN_B];
        pair_judge(&in, result);
    }
    return result->verdict == PAIR_INTERFERENCE ? PAIR_DIFFERENT : result->verdict;
}

/* A difference counts only if a second round of fetches confirms it. */
static unsigned judge_labelled(const struct pair_kind *kind, uint64_t seed, bool *first_differs,
                               struct pair_result *result)
{
    struct noise_memory noise;
    noise_memory_init(&noise);
    unsigned outcome = PAIR_OTHER;
    for (unsigned round = 0; round < 2 && outcome == PAIR_OTHER; round++) {
        struct page_pair pair;
        page_pair_init(&pair);
        pair.round = round;
        page_pair_make(kind, seed, &pair);
        outcome = outcome_of(judge(&pair, &noise, result));
        *first_differs = round > 0 || outcome == PAIR_OTHER;
        page_pair_release(&pair);
    }
    noise_memory_release(&noise);
    return outcome;
}

static void judge_kind(const struct pair_kind *kind, uint64_t first_seed, struct matrix *matrices)
{
    for (uint64_t i = 0; i < PAIRS_PER_KIND; i++) {
        uint64_t seed = first_seed + i * 7919;
        struct pair_result result;
        bool first_differs = false;
        unsigned outcome = judge_labelled(kind, seed, &first_differs, &result);
        struct matrix *matrix = &matrices[kind->half];
        (kind->same ? matrix->same : matrix->different)[outcome]++;
        matrix->unconfirmed += kind->same && first_differs;
        if (verbose && outcome != (kind->same ? PAIR_ALIKE : PAIR_OTHER)) {
            fprintf(stderr, "%s %s, seed %llu: %s: %s\n", kind->half == HALF_TRAINING ? "training" : "held-out",
                    kind->name, (unsigned long long)seed, pair_verdict_name(result.verdict), result.detail);
        }
    }
}

static double share(unsigned part, const unsigned *of)
{
    unsigned all = of[0] + of[1] + of[2];
    return all == 0 ? 0 : (double)part / (double)all;
}

static bool print_matrix(const struct matrix *matrix, bool held_out)
{
    const char *const names[2][6] = {{"training: same judged same", "training: same judged different",
                                      "training: same judged unstable", "training: different judged same",
                                      "training: different judged different", "training: different judged unstable"},
                                     {"held out: same judged same", "held out: same judged different",
                                      "held out: same judged unstable", "held out: different judged same",
                                      "held out: different judged different", "held out: different judged unstable"}};
    for (unsigned i = 0; i < 6; i++) {
        figure_for_information("accuracy", names[held_out][i], i < 3 ? matrix->same[i] : matrix->different[i - 3],
                               "pairs");
    }
    figure_for_information("accuracy",
                           held_out ? "held out: same judged different in the first round"
                                    : "training: same judged different in the first round",
                           matrix->unconfirmed, "pairs");
    if (!held_out) {
        return true;
    }
    unsigned all[3] = {matrix->same[0] + matrix->different[0], matrix->same[1] + matrix->different[1],
                       matrix->same[2] + matrix->different[2]};
    bool ok = figure_at_most("accuracy", "held out: wrong same", matrix->different[PAIR_ALIKE], "pairs", 0);
    ok &= figure_at_most("accuracy", "held out: wrong different", share(matrix->same[PAIR_OTHER], matrix->same),
                         "share", 0.02);
    ok &= figure_at_most("accuracy", "held out: unstable", share(all[PAIR_NEITHER], all), "share", 0.03);
    return ok;
}

static void judge_fixture(void *context, const char *sentence, bool same, enum half half, struct page_pair *pair)
{
    struct matrix *matrix = (struct matrix *)context + half;
    struct pair_result result;
    unsigned outcome = outcome_of(judge(pair, NULL, &result));
    (same ? matrix->same : matrix->different)[outcome]++;
    if (verbose && outcome != (same ? PAIR_ALIKE : PAIR_OTHER)) {
        fprintf(stderr, "fixture %s: %s\n", sentence, result.detail);
    }
}

static bool judge_corpus(void)
{
    struct matrix matrices[2] = {0};
    struct err err = ERR_INIT;
    if (fixtures_read(FIXTURES_PATH, judge_fixture, matrices, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return false;
    }
    for (size_t i = 0; i < pair_kinds_same_count; i++) {
        judge_kind(&pair_kinds_same[i], 1000 + i, matrices);
    }
    for (size_t i = 0; i < pair_kinds_different_count; i++) {
        judge_kind(&pair_kinds_different[i], 500000 + i, matrices);
    }
    print_matrix(&matrices[HALF_TRAINING], false);
    return print_matrix(&matrices[HALF_HELD_OUT], true);
}

/* ---- zones ---- */

struct zone {
    struct site site;
    int broken_page; /* -1: none */
    uint64_t seed;
};

struct zone_counts {
    unsigned safe, lost, incomplete;
};

/* Two to six habits; in every tenth zone a cache per scheme freezes them. */
static void make_zone(struct zone *zone, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, hash_mix(seed, 0x2073e));
    *zone = (struct zone){.broken_page = -1, .seed = seed};
    site_make(&zone->site, hash_mix(seed, 1));
    uint64_t habits = 2 + rng_below(&rng, 5);
    for (uint64_t i = 0; i < habits; i++) {
        zone->site.habits |= 1u << rng_below(&rng, HABIT_COUNT);
    }
    if (rng_below(&rng, 10) == 0) {
        zone->site.habits |= HABIT_FROZEN;
    }
}

static void replace_by_foreign_page(const struct zone *zone, struct page_pair *pair)
{
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            buf_reset(&pair->bodies[i]);
            buf_append_text(&pair->bodies[i], foreign_pages[zone->seed / BREAKAGES % foreign_page_count]);
        }
    }
}

static void cut_off(const struct zone *zone, struct page_pair *pair)
{
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            markup_cut(&pair->bodies[i], 40 + (unsigned)(zone->seed / BREAKAGES % 45));
        }
    }
}

/* What the broken page shows over https, by the zone's number. */
static void break_page(const struct zone *zone, const struct pair_side *a, uint64_t seed, struct page_pair *pair)
{
    struct site other = zone->site;
    struct pair_side b = {&other, a->page, LINKS_OWN_SCHEME}, secure = {&other, a->page, LINKS_HTTPS};
    switch (zone->seed % BREAKAGES) {
    case 0:
    case 1:
        b.page = 200 + a->page;
        break;
    case 2:
        b.page = 0; /* the home page */
        break;
    case 3:
        replace_by_foreign_page(zone, pair);
        return;
    case 4:
        cut_off(zone, pair);
        return;
    case 5:
        other.article /= 2; /* an old copy */
        break;
    case 6:
        other.seed ^= 0x7e4a47; /* another tenant */
        break;
    case 7:
        other.language = (enum language)((other.language + 1) % LANGUAGE_COUNT);
        break;
    case 8:
        other.layout = other.layout == LAYOUT_TABLES ? LAYOUT_DIVS : LAYOUT_TABLES;
        break;
    default:
        b.links = LINKS_HTTP;
        a = &secure;
        break;
    }
    page_pair_render(pair, a, &b, seed);
}

/* The n-th fetch round of a page of the zone: the first, or the one that confirms. */
static void fetch_page(const struct zone *zone, unsigned page, unsigned round, struct page_pair *pair)
{
    uint64_t seed = hash_mix(zone->seed, page);
    page_pair_release(pair);
    page_pair_init(pair);
    pair->round = round;
    struct pair_side side = {&zone->site, page, LINKS_OWN_SCHEME};
    page_pair_render(pair, &side, &side, seed);
    if ((int)page == zone->broken_page) {
        break_page(zone, &side, seed, pair);
    }
    page_pair_view(pair);
}

/* One confirmed difference rules the mode out; too few usable pairs leave the zone without a verdict. */
static void judge_zone(const struct zone *zone, struct zone_counts *counts)
{
    struct noise_memory noise;
    struct page_pair pair;
    unsigned suspects[ZONE_PAIRS], suspect_count = 0, usable = 0, confirmed = 0;
    noise_memory_init(&noise);
    page_pair_init(&pair);
    for (unsigned page = 0; page < ZONE_PAIRS; page++) {
        struct pair_result result;
        fetch_page(zone, page, 0, &pair);
        unsigned outcome = outcome_of(judge(&pair, &noise, &result));
        usable += outcome != PAIR_NEITHER;
        if (outcome == PAIR_OTHER) {
            suspects[suspect_count++] = page;
        }
    }
    for (unsigned i = 0; i < suspect_count; i++) {
        struct pair_result result;
        fetch_page(zone, suspects[i], 1, &pair);
        unsigned outcome = outcome_of(judge(&pair, &noise, &result));
        confirmed += outcome == PAIR_OTHER;
        usable -= outcome == PAIR_NEITHER;
        if (verbose && (outcome == PAIR_OTHER) != ((int)suspects[i] == zone->broken_page)) {
            fprintf(stderr, "zone %llu, page %u, habits %x: %s: %s\n", (unsigned long long)zone->seed, suspects[i],
                    zone->site.habits, pair_verdict_name(result.verdict), result.detail);
        }
    }
    counts->lost += confirmed > 0;
    counts->incomplete += confirmed == 0 && usable < ZONE_MIN_PAIRS;
    counts->safe += confirmed == 0 && usable >= ZONE_MIN_PAIRS;
    noise_memory_release(&noise);
    page_pair_release(&pair);
}

static bool judge_zones(void)
{
    struct zone_counts healthy = {0}, broken = {0};
    for (uint64_t i = 0; i < ZONES; i++) {
        struct zone zone;
        make_zone(&zone, 10000 + i);
        judge_zone(&zone, &healthy);
        make_zone(&zone, 70000 + i);
        zone.broken_page = 1 + (int)(hash_mix(i, 3) % (ZONE_PAIRS - 1));
        struct zone_counts before = broken;
        judge_zone(&zone, &broken);
        if (verbose && broken.safe > before.safe) {
            fprintf(stderr, "zone %llu called safe, broken page %d\n", (unsigned long long)zone.seed, zone.broken_page);
        }
    }
    bool ok = figure_at_most("accuracy", "healthy zones that lose a mode", (double)healthy.lost / ZONES, "share", 0.01);
    ok &=
        figure_at_most("accuracy", "healthy zones left incomplete", (double)healthy.incomplete / ZONES, "share", 0.03);
    ok &= figure_at_most("accuracy", "broken zones called safe", broken.safe, "zones", 0);
    figure_for_information("accuracy", "broken zones left incomplete", broken.incomplete, "zones");
    return ok;
}

int main(int argc, char **argv)
{
    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    bool ok = judge_corpus();
    ok &= judge_zones();
    return ok ? 0 : 1;
}
