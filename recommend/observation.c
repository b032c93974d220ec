#include "recommend/observation.h"

#include "base/clock.h"

#include <inttypes.h>

/* Beyond this, sums over a whole ramp could overflow. */
#define COUNT_MAX (UINT64_C(1) << 48)

const char *failure_class_key(enum failure_class which)
{
    switch (which) {
    case FAILURE_TLS:
        return "tls_errors";
    case FAILURE_CONNECT:
        return "connect_errors";
    case FAILURE_5XX:
        return "http_5xx";
    case FAILURE_3XX:
        return "http_3xx";
    case FAILURE_4XX:
        return "http_4xx";
    }
    return NULL;
}

const char *failure_class_phrase(enum failure_class which)
{
    switch (which) {
    case FAILURE_TLS:
        return "TLS errors";
    case FAILURE_CONNECT:
        return "connect errors";
    case FAILURE_5XX:
        return "5xx answers";
    case FAILURE_3XX:
        return "redirects";
    case FAILURE_4XX:
        return "4xx answers";
    }
    return NULL;
}

static const char *say(struct buf *text)
{
    return buf_text(text);
}

static const char *arm_fault(const struct arm_counts *arm, const char *name, struct buf *text)
{
    uint64_t sum = 0;
    if (arm->requests > COUNT_MAX) {
        buf_printf(text, "%s.requests is impossibly large", name);
        return say(text);
    }
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        if (arm->failures[i] > arm->requests) {
            buf_printf(text, "%s.%s is %" PRIu64 ", more than its %" PRIu64 " requests", name,
                       failure_class_key((enum failure_class)i), arm->failures[i], arm->requests);
            return say(text);
        }
        sum += arm->failures[i];
    }
    if (sum > arm->requests) {
        buf_printf(text, "%s counts %" PRIu64 " answers in all its classes, more than its %" PRIu64 " requests", name,
                   sum, arm->requests);
        return say(text);
    }
    return NULL;
}

static const char *time_fault(const struct observation *observation, int64_t now_s, struct buf *text)
{
    char end[RFC3339_BYTES];
    if (observation->end_s <= observation->start_s) {
        buf_append_text(text, "end is not behind start");
        return say(text);
    }
    if (observation->end_s > now_s) {
        buf_printf(text, "end %s lies in the future", time_format(observation->end_s, end));
        return say(text);
    }
    return NULL;
}

static bool covers(const struct ramp_period *period, const struct observation *observation)
{
    return period->since_s <= observation->start_s && observation->end_s <= period->until_s;
}

static const char *percent_fault(const struct observation *observation, const struct ramp_period *periods, size_t count,
                                 struct buf *text)
{
    char start[RFC3339_BYTES];
    char end[RFC3339_BYTES];
    for (size_t i = 0; i < count; i++) {
        if (covers(&periods[i], observation)) {
            if (periods[i].percent == observation->percent) {
                return NULL;
            }
            buf_printf(text, "percent is %d, but %d %% was in force from %s to %s", observation->percent,
                       periods[i].percent, time_format(observation->start_s, start),
                       time_format(observation->end_s, end));
            return say(text);
        }
    }
    buf_printf(text, "no single step was in force from %s to %s", time_format(observation->start_s, start),
               time_format(observation->end_s, end));
    return say(text);
}

static const char *mode_fault(const struct observation *observation, enum mode from, enum mode to, struct buf *text)
{
    if (observation->from == from && observation->to == to) {
        return NULL;
    }
    buf_printf(text, "it speaks of %s to %s, but the rollout goes from %s to %s", mode_name(observation->from),
               mode_name(observation->to), mode_name(from), mode_name(to));
    return say(text);
}

const char *observation_fault(const struct observation *observation, enum mode from, enum mode to,
                              const struct ramp_period *periods, size_t period_count, int64_t now_s, struct buf *text)
{
    const char *fault = arm_fault(&observation->candidate, "candidate", text);
    if (fault == NULL) {
        fault = arm_fault(&observation->control, "control", text);
    }
    for (int i = 0; fault == NULL && i < FAILURE_CLASS_COUNT; i++) {
        if (observation->candidate.given[i] != observation->control.given[i]) {
            buf_printf(text, "%s is given for one side only", failure_class_key((enum failure_class)i));
            fault = say(text);
        }
    }
    if (fault == NULL) {
        fault = mode_fault(observation, from, to, text);
    }
    if (fault == NULL) {
        fault = time_fault(observation, now_s, text);
    }
    return fault != NULL ? fault : percent_fault(observation, periods, period_count, text);
}

int observation_compare(const void *a, const void *b)
{
    const struct observation *left = a;
    const struct observation *right = b;
    if (left->start_s != right->start_s) {
        return left->start_s < right->start_s ? -1 : 1;
    }
    return (left->end_s > right->end_s) - (left->end_s < right->end_s);
}
