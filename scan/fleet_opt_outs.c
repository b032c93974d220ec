#include "base/clock.h"
#include "base/log.h"
#include "scan/fleet_state.h"

#include <stdlib.h>

#define LOOK_EVERY_MS 2000

/* A database that cannot be read now can give no zone either. A list that is malformed stops the run. */
static int keep_opt_outs(struct fleet *fleet, int64_t now_ms, struct err *err)
{
    if (fleet->opt_out == NULL || err->kind != ERR_INTERNAL) {
        return -1;
    }
    log_line(LOG_WARNING, "the opt-outs cannot be read again, those of before are kept: %s", err->message);
    *err = (struct err)ERR_INIT;
    fleet->opt_out_mark = 0; /* they are loaded as soon as they can be */
    fleet->opt_out_looked_ms = now_ms;
    return 0;
}

/* In a run that goes on, who wants to be left alone may say so meanwhile. */
/* Lists that no zone looks at any more. */
static void free_old_opt_outs(struct opt_out_holder *newest)
{
    for (struct opt_out_holder **link = &newest->older; *link != NULL;) {
        struct opt_out_holder *holder = *link;
        if (holder->leases > 0) {
            link = &holder->older;
            continue;
        }
        *link = holder->older;
        opt_out_free(holder->list);
        free(holder);
    }
}

static int load_opt_outs(struct fleet *fleet, int64_t now_ms, struct err *err)
{
    struct opt_out_holder *holder = calloc(1, sizeof *holder);
    if (holder == NULL) {
        return err_memory(err);
    }
    holder->list = fleet->options->load_opt_out(fleet->options->context, fleet->store, err);
    if (holder->list == NULL) {
        free(holder);
        return keep_opt_outs(fleet, now_ms, err);
    }
    pthread_mutex_lock(&fleet->opt_out_lock);
    holder->older = fleet->opt_out;
    fleet->opt_out = holder;
    free_old_opt_outs(holder);
    pthread_mutex_unlock(&fleet->opt_out_lock);
    atomic_fetch_add(&fleet->opt_outs, 1);
    return 0;
}

/* Who wants to be left alone may say so while the run goes on. */
int fleet_opt_outs_look(struct fleet *fleet, int64_t now_ms, struct err *err)
{
    const struct fleet_options *options = fleet->options;
    uint64_t mark = fleet->opt_out_mark;
    if (fleet->opt_out != NULL && now_ms - fleet->opt_out_looked_ms < LOOK_EVERY_MS) {
        return 0;
    }
    fleet->opt_out_looked_ms = now_ms;
    if (options->opt_outs_mark != NULL && options->opt_outs_mark(options->context, fleet->store, &mark, err) != 0) {
        return keep_opt_outs(fleet, now_ms, err);
    }
    if (fleet->opt_out != NULL && mark == fleet->opt_out_mark) {
        return 0;
    }
    fleet->opt_out_mark = mark;
    return load_opt_outs(fleet, now_ms, err);
}

/* Whether somebody has opted out whom the list of the zone's scan does not know. */
static bool has_newly_opted_out(const struct fleet_zone *zone, const struct opt_out *now)
{
    const struct opt_out *before = zone->options.opt_out;
    int64_t now_s = clock_wall_s();
    for (size_t i = 0; i < zone->inventory.hostname_count; i++) {
        struct slice name = slice_of(zone->inventory.hostnames[i].hostname);
        if (opt_out_match_name(now, name, now_s, NULL) && !opt_out_match_name(before, name, now_s, NULL)) {
            return true;
        }
    }
    for (size_t i = 0; i < zone->address_count; i++) {
        if (opt_out_match_address(now, &zone->addresses[i], now_s, NULL) &&
            !opt_out_match_address(before, &zone->addresses[i], now_s, NULL)) {
            return true;
        }
    }
    return false;
}

bool fleet_opt_outs_forbid(struct fleet *fleet, const struct fleet_zone *zone)
{
    pthread_mutex_lock(&fleet->opt_out_lock);
    bool forbidden = has_newly_opted_out(zone, fleet->opt_out->list);
    pthread_mutex_unlock(&fleet->opt_out_lock);
    return forbidden;
}
