/* A million opt-outs: how long one match takes, and how much memory the list holds. */
#include "base/rng.h"
#include "scan/opt_out.h"
#include "tests/bench/figure.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define NAMES   800000u
#define RANGES  200000u
#define MATCHES 1000000u
#define ROUNDS  5u
#define QUERIES 65536u /* asked for in turn, far more than what a cache holds of the list */
#define NOW_S   1795456800

struct queries {
    char names[QUERIES][40];
    struct address addresses[QUERIES];
};

/* Half of the queries are in the list, half are not. */
static void fill_queries(struct queries *queries, struct rng *rng)
{
    for (size_t i = 0; i < QUERIES; i++) {
        unsigned number = (unsigned)rng_below(rng, (uint64_t)NAMES * 2);
        snprintf(queries->names[i], sizeof queries->names[i], "img.shop.zone-%u.example", number);
        queries->addresses[i] = (struct address){.family = 4};
        for (size_t j = 0; j < 4; j++) {
            queries->addresses[i].bytes[j] = (uint8_t)rng_below(rng, 256);
        }
    }
}

static int add(struct opt_out *list, const char *entry, struct err *err)
{
    return opt_out_add(list, slice_of(entry), OPT_OUT_NEVER_EXPIRES, "asked by mail", "list.txt", err);
}

static int fill_list(struct opt_out *list, struct rng *rng, struct err *err)
{
    char text[64];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(text, sizeof text, i % 4 == 0 ? "host:www.zone-%u.example" : "zone-%u.example", i);
        if (add(list, text, err) != 0) {
            return -1;
        }
    }
    for (unsigned i = 0; i < RANGES; i++) {
        unsigned bits = 16 + (unsigned)rng_below(rng, 17);
        uint32_t base = (uint32_t)rng_next(rng) & (uint32_t)(UINT64_C(0xffffffff) << (32 - bits));
        snprintf(text, sizeof text, "%u.%u.%u.%u/%u", base >> 24, base >> 16 & 255, base >> 8 & 255, base & 255, bits);
        if (add(list, text, err) != 0) {
            return -1;
        }
    }
    opt_out_finish(list);
    return 0;
}

static double match_names(const struct opt_out *list, const struct queries *queries, size_t *found)
{
    double start = figure_thread_cpu_s();
    for (size_t i = 0; i < MATCHES; i++) {
        *found += opt_out_match_name(list, slice_of(queries->names[i % QUERIES]), NOW_S, NULL);
    }
    return (figure_thread_cpu_s() - start) * 1e9 / MATCHES;
}

static double match_addresses(const struct opt_out *list, const struct queries *queries, size_t *found)
{
    double start = figure_thread_cpu_s();
    for (size_t i = 0; i < MATCHES; i++) {
        *found += opt_out_match_address(list, &queries->addresses[i % QUERIES], NOW_S, NULL);
    }
    return (figure_thread_cpu_s() - start) * 1e9 / MATCHES;
}

int main(void)
{
    struct err err = ERR_INIT;
    struct rng rng;
    rng_init(&rng, 1);
    struct queries *queries = malloc(sizeof *queries);
    struct opt_out *list = opt_out_new(&err);
    if (queries == NULL || list == NULL) {
        return 1;
    }
    fill_queries(queries, &rng);
    struct mallinfo2 before = mallinfo2();
    double start = figure_process_cpu_s();
    if (fill_list(list, &rng, &err) != 0) {
        fprintf(stderr, "bench_optout: %s\n", err.message);
        return 1;
    }
    double load_s = figure_process_cpu_s() - start;
    struct mallinfo2 after = mallinfo2();
    double held = (double)(after.uordblks + after.hblkhd) - (double)(before.uordblks + before.hblkhd);

    double names[ROUNDS], addresses[ROUNDS];
    size_t found_names = 0, found_addresses = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        names[i] = match_names(list, queries, &found_names);
        addresses[i] = match_addresses(list, queries, &found_addresses);
    }
    bool ok = figure_at_most("optout", "match_name", figure_median(names, ROUNDS), "ns", 1000);
    ok &= figure_at_most("optout", "match_address", figure_median(addresses, ROUNDS), "ns", 1000);
    ok &= figure_at_most("optout", "memory", held / 1e6, "MB", 200);
    figure_for_information("optout", "load", load_s, "s");
    figure_for_information("optout", "names_found", 100.0 * (double)found_names / MATCHES / ROUNDS, "%");
    figure_for_information("optout", "addresses_found", 100.0 * (double)found_addresses / MATCHES / ROUNDS, "%");
    opt_out_free(list);
    free(queries);
    return ok ? 0 : 1;
}
