/* The policy of rollouts as options, and so as keys of the configuration file: recommend/policy.h says what each means.
 */
#ifndef ORIGINTLS_CLI_POLICY_ARGUMENTS_H
#define ORIGINTLS_CLI_POLICY_ARGUMENTS_H

#include "cli/option.h"
#include "recommend/policy.h"

struct policy_arguments {
    size_t min_pairs;
    double max_breaking_share;
    size_t agreeing_scans;
    size_t agreeing_apart_s;
    size_t certificate_days;
    size_t retry_days;
    size_t upgrades_per_day;
    struct option_list windows;
    bool approval;
    bool stop;
    size_t step_s;
    size_t step_requests;
    size_t warm_up_steps;
    size_t warm_up_s;
    size_t warm_up_requests;
    double false_rollback;
    double harm;
    double power;
    size_t horizon_s;
};

/* The rows, for the option table of a command whose struct of arguments has the member `policy`. */
#define POLICY_OPTION_AT(arguments, member) offsetof(struct arguments, policy.member)
#define POLICY_OPTIONS(arguments)                                                                                      \
    {.name = "upgrade-pairs",                                                                                          \
     .type = OPTION_SIZE,                                                                                              \
     .offset = POLICY_OPTION_AT(arguments, min_pairs),                                                                 \
     .placeholder = "N",                                                                                               \
     .help = "usable pairs that an upgrade needs which changes a scheme",                                              \
     .initial = "10",                                                                                                  \
     .min = 0,                                                                                                         \
     .max = 1000},                                                                                                     \
        {.name = "breaking-share",                                                                                     \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = POLICY_OPTION_AT(arguments, max_breaking_share),                                                    \
         .placeholder = "SHARE",                                                                                       \
         .help = "such an upgrade needs the share of breaking URLs shown to be below this",                            \
         .initial = "0.3",                                                                                             \
         .min = 0,                                                                                                     \
         .max = 1},                                                                                                    \
        {.name = "agreeing-scans",                                                                                     \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, agreeing_scans),                                                        \
         .placeholder = "N",                                                                                           \
         .help = "scans in a row that must recommend such an upgrade",                                                 \
         .initial = "1",                                                                                               \
         .min = 1,                                                                                                     \
         .max = 60},                                                                                                   \
        {.name = "agreeing-apart",                                                                                     \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, agreeing_apart_s),                                                      \
         .placeholder = "S",                                                                                           \
         .help = "seconds that these must lie apart",                                                                  \
         .initial = "86400",                                                                                           \
         .min = 0,                                                                                                     \
         .max = 31536000},                                                                                             \
        {.name = "certificate-days",                                                                                   \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, certificate_days),                                                      \
         .placeholder = "N",                                                                                           \
         .help = "days that certificates must have left, where the mode needs one",                                    \
         .initial = "14",                                                                                              \
         .min = 0,                                                                                                     \
         .max = 10000},                                                                                                \
        {.name = "retry-days",                                                                                         \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, retry_days),                                                            \
         .placeholder = "N",                                                                                           \
         .help = "days that an upgrade that was taken back waits for another scan, or an approval",                    \
         .initial = "30",                                                                                              \
         .min = 0,                                                                                                     \
         .max = 10000},                                                                                                \
        {.name = "upgrades-per-day",                                                                                   \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, upgrades_per_day),                                                      \
         .placeholder = "N",                                                                                           \
         .help = "upgrades of the fleet started in 24 hours; 0: no limit",                                             \
         .initial = "1000",                                                                                            \
         .min = 0,                                                                                                     \
         .max = 1000000000},                                                                                           \
        {.name = "freeze",                                                                                             \
         .type = OPTION_LIST,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, windows),                                                               \
         .placeholder = "START/END",                                                                                   \
         .help = "neither start nor advance between these RFC 3339 times"},                                            \
        {.name = "approval",                                                                                           \
         .type = OPTION_FLAG,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, approval),                                                              \
         .help = "every upgrade waits for 'upgrade approve'"},                                                         \
        {.name = "stop",                                                                                               \
         .type = OPTION_FLAG,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, stop),                                                                  \
         .help = "nothing starts and nothing advances; rolling back goes on"},                                         \
        {.name = "step-seconds",                                                                                       \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, step_s),                                                                \
         .placeholder = "S",                                                                                           \
         .help = "least time at a step of the ramp",                                                                   \
         .initial = "21600",                                                                                           \
         .min = 0,                                                                                                     \
         .max = 31536000},                                                                                             \
        {.name = "step-requests",                                                                                      \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, step_requests),                                                         \
         .placeholder = "N",                                                                                           \
         .help = "least requests of the candidate at a step",                                                          \
         .initial = "100",                                                                                             \
         .min = 0,                                                                                                     \
         .max = 1000000000},                                                                                           \
        {.name = "warm-up-steps",                                                                                      \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, warm_up_steps),                                                         \
         .placeholder = "N",                                                                                           \
         .help = "first steps at which the edge's cache warms up, where a scheme changes",                             \
         .initial = "3",                                                                                               \
         .min = 0,                                                                                                     \
         .max = 11},                                                                                                   \
        {.name = "warm-up-seconds",                                                                                    \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, warm_up_s),                                                             \
         .placeholder = "S",                                                                                           \
         .help = "least time at each of these",                                                                        \
         .initial = "43200",                                                                                           \
         .min = 0,                                                                                                     \
         .max = 31536000},                                                                                             \
        {.name = "warm-up-requests",                                                                                   \
         .type = OPTION_SIZE,                                                                                          \
         .offset = POLICY_OPTION_AT(arguments, warm_up_requests),                                                      \
         .placeholder = "N",                                                                                           \
         .help = "least requests of the candidate at each of these",                                                   \
         .initial = "1000",                                                                                            \
         .min = 0,                                                                                                     \
         .max = 1000000000},                                                                                           \
        {.name = "false-rollback",                                                                                     \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = POLICY_OPTION_AT(arguments, false_rollback),                                                        \
         .placeholder = "SHARE",                                                                                       \
         .help = "probability of taking a harmless upgrade back",                                                      \
         .initial = "0.01",                                                                                            \
         .min = 1e-06,                                                                                                 \
         .max = 0.5},                                                                                                  \
        {.name = "harm",                                                                                               \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = POLICY_OPTION_AT(arguments, harm),                                                                  \
         .placeholder = "SHARE",                                                                                       \
         .help = "excess share of failing requests that must be found",                                                \
         .initial = "0.01",                                                                                            \
         .min = 0.0001,                                                                                                \
         .max = 1},                                                                                                    \
        {.name = "power",                                                                                              \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = POLICY_OPTION_AT(arguments, power),                                                                 \
         .placeholder = "SHARE",                                                                                       \
         .help = "probability of finding it at every step where traffic allows",                                       \
         .initial = "0.999",                                                                                           \
         .min = 0.5,                                                                                                   \
         .max = 0.999999},                                                                                             \
    {                                                                                                                  \
        .name = "horizon-seconds", .type = OPTION_SIZE, .offset = POLICY_OPTION_AT(arguments, horizon_s),              \
        .placeholder = "S", .help = "longest that a ramp waits for that; then it goes by time", .initial = "1209600",  \
        .min = 0, .max = 31536000                                                                                      \
    }

/* 0, or -1 with ERR_USAGE for a window that cannot be. The ceiling is that of recommend/policy.h. */
int policy_from_arguments(const struct policy_arguments *arguments, struct rollout_policy *policy, struct err *err);

#endif
