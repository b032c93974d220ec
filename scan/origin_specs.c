#include "scan/zone_state.h"

#include <string.h>

static bool same_action(struct edge_action a, struct edge_action b)
{
    return a.redirects == b.redirects && (a.redirects || a.kind == b.kind);
}

/* Candidates of one spec: those whose first action for the visitor is `action`, one representative for each way to act
 * later on. */
static void add_candidates(const struct scan_origin *origin, struct comparison_spec *spec, struct edge_action action)
{
    bool always_https = origin->host->inventory->always_https;
    enum mode today = hostname_mode(origin->host);
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        enum mode candidate = (enum mode)mode;
        if (!mode_set_has(origin->open, candidate) || mode_same_actions(today, candidate, always_https) ||
            !same_action(mode_edge_action(candidate, always_https, spec->visitor), action)) {
            continue;
        }
        size_t i = 0;
        while (i < spec->candidate_count && !mode_same_actions(spec->representatives[i], candidate, always_https)) {
            i++;
        }
        if (i == COMPARISON_CANDIDATES_MAX) {
            continue;
        }
        if (i == spec->candidate_count) {
            spec->representatives[spec->candidate_count++] = candidate;
        }
        spec->modes[i] |= mode_set_of(candidate);
    }
}

/* The `variant`-th comparison that a URL may need: for each visitor, one for each first action that some candidate
 * takes. False when there is no such variant; a spec without candidates means that this one is not needed. */
static bool variant_spec(const struct scan_origin *origin, const struct sampled_url *url, size_t variant,
                         struct comparison_spec *spec)
{
    static const struct edge_action actions[] = {
        {.redirects = true},           {.kind = KIND_HTTP_TO_HTTP},  {.kind = KIND_HTTPS_TO_HTTP},
        {.kind = KIND_HTTPS_TO_HTTPS}, {.kind = KIND_HTTP_TO_HTTPS},
    };
    const size_t action_count = sizeof actions / sizeof actions[0];
    if (variant >= SCHEME_COUNT * action_count) {
        return false;
    }
    /* https visitors first: most are. */
    enum scheme visitor = variant < action_count ? SCHEME_HTTPS : SCHEME_HTTP;
    struct edge_action action = actions[variant % action_count];
    bool always_https = origin->host->inventory->always_https;
    *spec = (struct comparison_spec){.path = url->path, .weight = url->weight, .visitor = visitor};
    spec->is_pair = !same_action(mode_edge_action(hostname_mode(origin->host), always_https, visitor), action);
    /* Where only later hops can differ, the home page and one URL of each stratum are enough. */
    if (spec->is_pair || url->first_of_stratum || strcmp(url->path, "/") == 0) {
        add_candidates(origin, spec, action);
    }
    return true;
}

bool origin_acts_differently(const struct scan_origin *origin)
{
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        if (mode_set_has(origin->open, (enum mode)mode) &&
            !mode_same_actions(hostname_mode(origin->host), (enum mode)mode, origin->host->inventory->always_https)) {
            return true;
        }
    }
    return false;
}

size_t origin_url_limit(const struct scan_origin *origin)
{
    const struct scan_options *options = origin->host->scan->options;
    if (origin == origin->host->lead) {
        return options->pairs;
    }
    size_t limit = LIMIT_FURTHER_ORIGIN_PAIRS > options->min_pairs ? LIMIT_FURTHER_ORIGIN_PAIRS : options->min_pairs;
    return limit < options->pairs ? limit : options->pairs;
}

bool origin_next_today_spec(struct scan_origin *origin, struct comparison_spec *spec)
{
    size_t limit = origin_url_limit(origin) < ORIGIN_TODAY_URLS ? origin_url_limit(origin) : ORIGIN_TODAY_URLS;
    while (origin->next_url < limit) {
        const struct sampled_url *url = hostname_sample(origin->host, origin->next_url);
        if (url == NULL) {
            return false;
        }
        enum scheme visitor = origin->next_variant == 0 ? SCHEME_HTTPS : SCHEME_HTTP;
        *spec = (struct comparison_spec){
            .url = origin->next_url, .path = url->path, .weight = url->weight, .visitor = visitor};
        bool skip = visitor == SCHEME_HTTP && origin->host->inventory->always_https;
        if (++origin->next_variant == SCHEME_COUNT) {
            origin->next_variant = 0;
            origin->next_url++;
        }
        if (!skip) {
            return true;
        }
    }
    return false;
}

bool origin_next_pair_spec(struct scan_origin *origin, struct comparison_spec *spec)
{
    while (origin->next_url < origin_url_limit(origin)) {
        const struct sampled_url *url = hostname_sample(origin->host, origin->next_url);
        if (url == NULL) {
            return false;
        }
        if (!variant_spec(origin, url, origin->next_variant, spec)) {
            origin->next_variant = 0;
            origin->next_url++;
            continue;
        }
        origin->next_variant++;
        if (spec->candidate_count > 0) {
            spec->url = origin->next_url;
            spec->tomorrow_first = origin->next_url % 2 == 1;
            return true;
        }
    }
    return false;
}

bool origin_next_confirm_spec(struct scan_origin *origin, struct comparison_spec *spec)
{
    for (size_t i = 0; i < origin->finding_count; i++) {
        struct finding *finding = &origin->findings[i];
        if (!finding->confirm_due) {
            continue;
        }
        finding->confirm_due = false;
        const struct comparison *comparison = &finding->comparison;
        *spec = (struct comparison_spec){
            .url = finding->url,
            .path = comparison->path,
            .weight = comparison->weight,
            .visitor = comparison->visitor,
            .is_pair = comparison->is_pair,
            .tomorrow_first = finding->url % 2 == 0,
            .candidate_count = 1,
            .representatives = {finding->representative},
            .modes = {comparison->candidates},
        };
        /* What a mode lost already needs no second look; the finding stays as it is, unconfirmed. */
        if ((comparison->candidates & origin->open) != 0) {
            return true;
        }
    }
    return false;
}
