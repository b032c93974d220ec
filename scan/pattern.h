/* A regular expression (PCRE2) that is found anywhere in a text. Matching is bounded. */
#ifndef ORIGINTLS_SCAN_PATTERN_H
#define ORIGINTLS_SCAN_PATTERN_H

#include "base/err.h"
#include "base/slice.h"

struct pattern;

/* NULL with ERR_USAGE and what is wrong with it. */
struct pattern *pattern_new(const char *text, struct err *err);
void pattern_free(struct pattern *pattern);
/* A NULL pattern matches everything. Not for several threads at once. */
bool pattern_matches(const struct pattern *pattern, struct slice text);

#endif
