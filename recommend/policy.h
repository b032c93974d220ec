/* What the operator allows a rollout to do, and how sure it has to be: one struct of values, kept with every decision
 * so that it can be recomputed later.
 *
 * Each field is an option and a key of the configuration file under the name that stands in the table of policy.c, in
 * the unit that the name says.
 */
#ifndef ORIGINTLS_RECOMMEND_POLICY_H
#define ORIGINTLS_RECOMMEND_POLICY_H

#include "base/err.h"
#include "base/json_writer.h"
#include "recommend/mode.h"

#include <stdint.h>

#define POLICY_FREEZE_WINDOWS_MAX 16

/* From `start_s` on, up to and without `end_s`. */
struct freeze_window {
    int64_t start_s, end_s;
};

struct rollout_policy {
    /* Which upgrades may start. */
    enum mode ceiling;         /* nothing beyond it is rolled out */
    uint32_t min_pairs;        /* usable pairs that an upgrade needs which changes a scheme */
    double max_breaking_share; /* and the bound on the share of breaking URLs that it must stay below */
    uint32_t agreeing_scans;   /* complete scans in a row that recommend the mode (an upgrade that changes a scheme) */
    int64_t agreeing_apart_s;  /* at least so far apart; closer ones count once */
    uint32_t certificate_days; /* lifetime that every certificate must have left, where the mode needs one */
    uint32_t retry_days;       /* an upgrade that was taken back waits so long for another scan, or for an approval */
    uint32_t upgrades_per_day; /* of the whole fleet, started in any 24 hours; 0: no limit */
    bool approval;             /* every upgrade waits for `upgrade approve` */
    bool stop;                 /* nothing starts and nothing advances; rolling back goes on */
    struct freeze_window windows[POLICY_FREEZE_WINDOWS_MAX]; /* neither starts nor advances in these */
    size_t window_count;

    /* How a ramp advances. */
    int64_t step_s;            /* least time at a step */
    uint32_t step_requests;    /* least requests of the candidate at a step */
    uint32_t warm_up_steps;    /* first steps of an upgrade that changes a scheme: the edge's cache is cold */
    int64_t warm_up_s;         /* least time at each of these */
    uint32_t warm_up_requests; /* least requests of the candidate at each of these */

    /* When a ramp is taken back. */
    double false_rollback; /* probability of rolling back a harmless upgrade, over the whole ramp and all classes */
    double harm;           /* excess share of failing requests that has to be found ... */
    double power;          /* ... with this probability, at every step where traffic allows */
    int64_t horizon_s;     /* the whole ramp; each step has its equal part of it, and goes by time after that */
};

/* The defaults. */
void rollout_policy_init(struct rollout_policy *policy);

bool policy_frozen(const struct rollout_policy *policy, int64_t now_s);
/* "START/END", both RFC 3339, the end behind the start. -1 with ERR_USAGE, also when there are too many. */
int policy_add_window(struct rollout_policy *policy, struct slice text, struct err *err);

/* One object with every field; the same policy gives the same bytes. */
void policy_write(struct json_writer *json, const struct rollout_policy *policy);

/* A set of fields: a bit for each row of policy_fields, and one for the windows. */
typedef uint32_t policy_set;
#define POLICY_WINDOWS (UINT32_C(1) << 31)
/* The field at this offset of struct rollout_policy. */
policy_set policy_field_at(size_t offset);
/* These fields alone, in the order of the table: [{"name": "min_pairs", "value": 10}]; "freeze" once for each window. */
void policy_write_fields(struct json_writer *json, const struct rollout_policy *policy, policy_set fields);

enum policy_type { POLICY_COUNT, POLICY_SECONDS, POLICY_SHARE, POLICY_FLAG, POLICY_MODE };
/* A row for every field but the windows. */
struct policy_field {
    const char *name;   /* "min_pairs": in the JSON */
    const char *option; /* "upgrade-pairs": of the command line, and the key in the configuration file */
    enum policy_type type;
    size_t offset;
};
extern const struct policy_field policy_fields[];
extern const size_t policy_field_count;
/* Sets a field (not of POLICY_MODE) from a number as it stands in the JSON. -1 when it is out of range. */
int policy_set_number(struct rollout_policy *policy, const struct policy_field *field, double value);

#endif
