/* What a list says of one hostname: the facts of all its origins together. */
#ifndef ORIGINTLS_REPORTS_SUMMARY_H
#define ORIGINTLS_REPORTS_SUMMARY_H

#include "base/buf.h"
#include "recommend/record.h"
#include "reports/report.h"

struct code_set {
    bool has[CODE_COUNT];
};

/* Every code that blocks on some origin. */
struct code_set summary_blockers(const struct hostname_record *hostname);
/* The same with the reason why there is no verdict. */
struct code_set summary_obstacles(const struct hostname_record *hostname);
struct code_set summary_warnings(const struct hostname_record *hostname);
/* The names in the order of the codes, with `separator` between them. */
void summary_append_codes(struct buf *out, const struct code_set *codes, const char *separator);

/* A code, and how many hostnames it keeps from a stronger mode or from a verdict. */
struct obstacle_count {
    enum code code;
    uint64_t hostnames;
};
/* Those of a list, the most frequent first; `counts` has CODE_COUNT places. Returns how many there are. */
size_t summary_obstacle_counts(const struct report_totals *totals, struct obstacle_count *counts);

/* When the first certificate of its origins ends; -1: none was seen. */
int64_t summary_not_after(const struct hostname_record *hostname);
/* A stronger mode than today's is recommended. */
bool summary_could_be_stronger(const struct hostname_record *hostname);
bool summary_rollout_is_open(const struct hostname_record *hostname);
/* "upgrade", "hold", "none", or "incomplete", "opted_out": there is no verdict. */
const char *summary_decision(const struct hostname_record *hostname);

#endif
