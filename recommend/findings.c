#include "recommend/findings.h"

#include "base/limits.h"
#include "recommend/facts.h"

#include <stdlib.h>
#include <string.h>

static int compare_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare_int(long long a, long long b)
{
    return (a > b) - (a < b);
}

int comparison_order(const void *a, const void *b)
{
    const struct comparison *x = a;
    const struct comparison *y = b;
    int order = compare_text(x->path, y->path);

    if (order == 0)
        order = compare_int(x->visitor, y->visitor);
    if (order == 0)
        order = compare_int(x->candidates, y->candidates);
    if (order == 0)
        order = compare_int(x->code, y->code);
    if (order == 0)
        order = compare_int(x->verdict, y->verdict);
    if (order == 0)
        order = compare_int(x->is_pair, y->is_pair);
    if (order == 0)
        order = compare_int(x->confirmed, y->confirmed);
    if (order == 0)
        order = compare_int(x->today, y->today);
    if (order == 0)
        order = compare_int(x->tomorrow, y->tomorrow);
    if (order == 0)
        order = compare_text(x->detail, y->detail);
    return order != 0 ? order : compare_int(x->seen_at_s, y->seen_at_s);
}

/* Blockers are sorted by code and then, within one code, stay in the order of the URLs. */
static int blocker_order(const void *a, const void *b)
{
    const struct blocker *x = a;
    const struct blocker *y = b;
    int order = compare_int(x->code, y->code);

    if (order == 0)
        order = compare_int(x->url != NULL, y->url != NULL);
    return order != 0 ? order : compare_text(x->url, y->url);
}

static mode_set modes_from(enum mode weakest, enum mode ceiling)
{
    return mode_set_range(weakest, ceiling > weakest ? ceiling : weakest);
}

static size_t list_facts(const struct origin_evidence *evidence, struct blocker *blockers)
{
    enum code port = fact_https_port(evidence);
    size_t count = 0;

    if (port != CODE_NONE)
        blockers[count++] = (struct blocker){port, modes_from(code_rules_out(port), evidence->ceiling), NULL,
                                             evidence->https_detail, evidence->now_s};
    for (int i = CODE_CERTIFICATE_PIN_MISMATCH; i <= CODE_CERTIFICATE_INVALID; i++) {
        enum code code = (enum code)i;
        if (certificate_has_problem(&evidence->certificate, code))
            blockers[count++] =
                (struct blocker){code, modes_from(code_rules_out(code), evidence->ceiling), NULL,
                                 certificate_problem_detail(&evidence->certificate, code), evidence->now_s};
    }
    return count;
}

static size_t list_comparisons(const struct origin_evidence *evidence, struct blocker *blockers)
{
    size_t count = 0;

    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        enum code code = comparison->code;
        if (!comparison_is_against(comparison))
            continue;
        if (code == CODE_NONE)
            code = comparison->verdict == PAIR_UNAVAILABLE ? CODE_HTTPS_UNAVAILABLE : CODE_CONTENT_DIFFERS;
        blockers[count++] =
            (struct blocker){code, comparison->candidates, comparison->path, comparison->detail, comparison->seen_at_s};
    }
    return count;
}

/* Takes what `more` says of the same code and URL into `kept`. */
static void merge(struct blocker *kept, const struct blocker *more)
{
    kept->rules_out |= more->rules_out;
    if (kept->detail == NULL)
        kept->detail = more->detail;
    if (more->first_seen_s < kept->first_seen_s)
        kept->first_seen_s = more->first_seen_s;
}

static bool same_finding(const struct blocker *a, const struct blocker *b)
{
    return a->code == b->code && (a->url == NULL) == (b->url == NULL) && compare_text(a->url, b->url) == 0;
}

static size_t merge_equal(struct blocker *blockers, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && same_finding(&blockers[kept - 1], &blockers[i]))
            merge(&blockers[kept - 1], &blockers[i]);
        else
            blockers[kept++] = blockers[i];
    }
    return kept;
}

/* Keeps the first URLs of each code; what is beyond becomes one blocker that counts. NULL details are out of memory. */
static int bound_each_code(struct blocker *blockers, size_t *count, struct arena *arena)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count;) {
        size_t end = i;
        while (end < *count && blockers[end].code == blockers[i].code)
            end++;
        size_t listed = end - i > LIMIT_FINDINGS_PER_CODE ? LIMIT_FINDINGS_PER_CODE : end - i;
        memmove(&blockers[kept], &blockers[i], listed * sizeof(*blockers));
        kept += listed;
        if (listed < end - i) {
            struct blocker rest = blockers[i + listed];
            rest.url = NULL;
            for (size_t j = i + listed; j < end; j++)
                merge(&rest, &blockers[j]);
            rest.detail = arena_printf(arena, "The same was seen at %zu further URLs.", end - i - listed);
            if (rest.detail == NULL)
                return -1;
            blockers[kept++] = rest;
        }
        i = end;
    }
    *count = kept;
    return 0;
}

static int copy_strings(struct blocker *blockers, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct blocker *blocker = &blockers[i];
        const char *detail = blocker->detail != NULL ? blocker->detail : code_sentence(blocker->code);
        blocker->detail = arena_text(arena, detail);
        if (blocker->url != NULL) {
            blocker->url = arena_text(arena, blocker->url);
            if (blocker->url == NULL)
                return -1;
        }
        if (blocker->detail == NULL)
            return -1;
    }
    return 0;
}

int findings_blockers(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    size_t facts = 1 + CODE_CERTIFICATE_INVALID - CODE_CERTIFICATE_PIN_MISMATCH + 1;
    struct blocker *all = calloc(facts + evidence->comparison_count, sizeof(*all));
    size_t count = 0;
    int result = -1;

    if (all == NULL)
        return -1;
    count = list_facts(evidence, all);
    count += list_comparisons(evidence, all + count);
    qsort(all, count, sizeof(*all), blocker_order);
    count = merge_equal(all, count);
    if (bound_each_code(all, &count, arena) != 0)
        goto out;
    out->blockers = arena_alloc(arena, (count + 1) * sizeof(*all));
    if (out->blockers == NULL)
        goto out;
    memcpy(out->blockers, all, count * sizeof(*all));
    out->blocker_count = count;
    result = copy_strings(out->blockers, count, arena);
out:
    free(all);
    return result;
}

static int add_warning(struct arena *arena, const struct notice *notice, struct origin_record *out)
{
    const char *detail = notice->detail != NULL ? notice->detail : code_sentence(notice->code);
    struct warning warning = {notice->code, arena_text(arena, notice->path), arena_text(arena, detail)};

    if (warning.detail == NULL || (notice->path != NULL && warning.url == NULL))
        return -1;
    out->warnings[out->warning_count++] = warning;
    return 0;
}

/* What was noticed beyond the bound, one warning per code. */
static int count_the_rest(const size_t *seen, struct arena *arena, struct origin_record *out)
{
    for (int code = 0; code < CODE_COUNT; code++) {
        struct warning warning = {(enum code)code, NULL, NULL};
        if (seen[code] <= LIMIT_FINDINGS_PER_CODE)
            continue;
        warning.detail = arena_printf(arena, "The same was seen %zu more times.", seen[code] - LIMIT_FINDINGS_PER_CODE);
        if (warning.detail == NULL)
            return -1;
        out->warnings[out->warning_count++] = warning;
    }
    return 0;
}

int findings_warnings(const struct origin_evidence *evidence, size_t extra, struct arena *arena,
                      struct origin_record *out)
{
    const struct certificate_evidence *certificate = &evidence->certificate;
    struct notice expires_soon = {CODE_CERTIFICATE_EXPIRES_SOON, NULL, certificate->expires_soon_detail};
    size_t seen[CODE_COUNT] = {0};

    out->warning_count = 0;
    out->warnings = arena_alloc(arena, (evidence->notice_count + CODE_COUNT + 1 + extra) * sizeof(*out->warnings));
    if (out->warnings == NULL)
        return -1;
    for (size_t i = 0; i < evidence->notice_count; i++) {
        const struct notice *notice = &evidence->notices[i];
        if (++seen[notice->code] <= LIMIT_FINDINGS_PER_CODE && add_warning(arena, notice, out) != 0)
            return -1;
    }
    if (count_the_rest(seen, arena, out) != 0)
        return -1;
    if (certificate->judged && certificate->expires_soon)
        return add_warning(arena, &expires_soon, out);
    return 0;
}
