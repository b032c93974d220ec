/* What `report` is called with, and the filter that follows from it. */
#ifndef ORIGINTLS_CLI_REPORT_ARGUMENTS_H
#define ORIGINTLS_CLI_REPORT_ARGUMENTS_H

#include "cli/command_line.h"
#include "reports/filter.h"

struct report_arguments {
    struct global_arguments global;
    struct option_list zones, hostnames, addresses, blockers;
    unsigned modes, recommended, decisions;
    double max_age_days, min_age_days; /* < 0: not given */
    int64_t since_s, at_s;             /* -1: not given */
    double expires_within_days;
    int require; /* enum mode */
    const char *output;
    int format;
    size_t page_hostnames;
};

extern const struct option_table report_option_table;

/* The conditions; what they point to is from `arena`. Ages count from now_s. -1 with ERR_USAGE. */
int report_arguments_filter(const struct report_arguments *arguments, int64_t now_s, struct arena *arena,
                            struct report_filter *filter, struct err *err);

/* What the filters leave, as they were given ("--decision hold --mode full"); NULL: none was. From `arena`. */
int report_arguments_scope(const struct command_line *line, struct arena *arena, const char **scope, struct err *err);

#endif
