#include "reports/summary.h"

#include <stdlib.h>

struct code_set summary_blockers(const struct hostname_record *hostname)
{
    struct code_set codes = {{false}};
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->blocker_count; k++) {
            codes.has[origin->blockers[k].code] = true;
        }
    }
    return codes;
}

struct code_set summary_obstacles(const struct hostname_record *hostname)
{
    struct code_set codes = summary_blockers(hostname);
    codes.has[hostname->incomplete_reason] = true;
    return codes;
}

struct code_set summary_warnings(const struct hostname_record *hostname)
{
    struct code_set codes = {{false}};
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->warning_count; k++) {
            codes.has[origin->warnings[k].code] = true;
        }
    }
    return codes;
}

void summary_append_codes(struct buf *out, const struct code_set *codes, const char *separator)
{
    bool any = false;
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (codes->has[code]) {
            buf_append_text(out, any ? separator : "");
            buf_append_text(out, code_name((enum code)code));
            any = true;
        }
    }
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct obstacle_count *left = a;
    const struct obstacle_count *right = b;
    return left->hostnames != right->hostnames ? (left->hostnames < right->hostnames ? 1 : -1)
                                               : (int)left->code - (int)right->code;
}

size_t summary_obstacle_counts(const struct report_totals *totals, struct obstacle_count *counts)
{
    size_t count = 0;
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        uint64_t hostnames = totals->by_blocker[code] + totals->by_reason[code];
        if (hostnames > 0) {
            counts[count++] = (struct obstacle_count){(enum code)code, hostnames};
        }
    }
    qsort(counts, count, sizeof *counts, most_frequent_first);
    return count;
}

int64_t summary_not_after(const struct hostname_record *hostname)
{
    int64_t first_s = -1;
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct certificate_record *certificate = &hostname->origins[i].certificate;
        if (certificate->seen && certificate->not_after_s >= 0 && (first_s < 0 || certificate->not_after_s < first_s)) {
            first_s = certificate->not_after_s;
        }
    }
    return first_s;
}

bool summary_could_be_stronger(const struct hostname_record *hostname)
{
    return hostname->recommended_mode > hostname->current_mode;
}

bool summary_rollout_is_open(const struct hostname_record *hostname)
{
    return hostname->rollout != NULL && rollout_is_open(hostname->rollout->state);
}

const char *summary_decision(const struct hostname_record *hostname)
{
    return hostname->status == STATUS_COMPLETE ? decision_action_name(hostname->decision.action)
                                               : scan_status_name(hostname->status);
}
