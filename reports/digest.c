#include "reports/digest.h"

#include "reports/summary.h"

#include <string.h>

const char *change_kind_name(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_ROLLED_BACK:
        return "rolled_back";
    case CHANGE_VERDICT_LOST:
        return "verdict_lost";
    case CHANGE_WEAKENED:
        return "weakened";
    case CHANGE_NEW_BLOCKER:
        return "new_blocker";
    case CHANGE_CERTIFICATE_ENDS:
        return "certificate_ends";
    case CHANGE_UPGRADED:
        return "upgraded";
    case CHANGE_STARTED:
        return "started";
    case CHANGE_RECOMMENDED:
        return "recommended";
    case CHANGE_BLOCKER_LIFTED:
        return "blocker_lifted";
    }
    return NULL;
}

const char *change_kind_title(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_ROLLED_BACK:
        return "Rolled back";
    case CHANGE_VERDICT_LOST:
        return "No verdict any more";
    case CHANGE_WEAKENED:
        return "Weaker recommendations than before";
    case CHANGE_NEW_BLOCKER:
        return "New blockers";
    case CHANGE_CERTIFICATE_ENDS:
        return "Certificates that end soon";
    case CHANGE_UPGRADED:
        return "Upgraded for good";
    case CHANGE_STARTED:
        return "Rollouts started";
    case CHANGE_RECOMMENDED:
        return "New recommendations";
    case CHANGE_BLOCKER_LIFTED:
        return "Blockers lifted";
    }
    return NULL;
}

/* What the two scans of one zone are compared with. */
struct comparison {
    const struct digest_window *window;
    digest_on_change *visit;
    void *context;
    const char *zone;
};

static const struct hostname_record *find_hostname(const struct scan_record *record, const char *name)
{
    for (size_t i = 0; record != NULL && i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            return &record->hostnames[i];
        }
    }
    return NULL;
}

static const struct origin_record *find_origin(const struct hostname_record *hostname,
                                               const struct origin_record *wanted)
{
    for (size_t i = 0; hostname != NULL && i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        if (origin->http_port == wanted->http_port && origin->https_port == wanted->https_port &&
            strcmp(origin->address, wanted->address) == 0) {
            return origin;
        }
    }
    return NULL;
}

static bool first_of_its_code(const struct origin_record *origin, const struct blocker *blocker)
{
    for (const struct blocker *other = origin->blockers; other < blocker; other++) {
        if (other->code == blocker->code) {
            return false;
        }
    }
    return true;
}

static bool has_code(const struct origin_record *origin, enum code code)
{
    for (size_t i = 0; origin != NULL && i < origin->blocker_count; i++) {
        if (origin->blockers[i].code == code) {
            return true;
        }
    }
    return false;
}

/* Blockers of `origin` whose codes `other` does not have. */
static void tell_blockers(const struct comparison *comparison, enum change_kind kind, const char *hostname,
                          const struct origin_record *origin, const struct origin_record *other)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        if (first_of_its_code(origin, blocker) && !has_code(other, blocker->code)) {
            const struct change change = {.kind = kind,
                                          .zone = comparison->zone,
                                          .hostname = hostname,
                                          .address = origin->address,
                                          .from = MODE_NONE,
                                          .to = MODE_NONE,
                                          .code = blocker->code,
                                          .detail = blocker->detail,
                                          .at_s = blocker->first_seen_s};
            comparison->visit(comparison->context, &change);
        }
    }
}

static void tell_certificate(const struct comparison *comparison, const char *hostname,
                             const struct origin_record *origin)
{
    const struct certificate_record *certificate = &origin->certificate;
    if (!certificate->seen || certificate->not_after_s < comparison->window->since_s ||
        certificate->not_after_s >= comparison->window->ends_before_s) {
        return;
    }
    const struct change change = {.kind = CHANGE_CERTIFICATE_ENDS,
                                  .zone = comparison->zone,
                                  .hostname = hostname,
                                  .address = origin->address,
                                  .from = MODE_NONE,
                                  .to = MODE_NONE,
                                  .detail = certificate->issuer,
                                  .at_s = certificate->not_after_s};
    comparison->visit(comparison->context, &change);
}

static void tell_origins(const struct comparison *comparison, const struct hostname_record *before,
                         const struct hostname_record *after)
{
    for (size_t i = 0; i < after->origin_count; i++) {
        const struct origin_record *origin = &after->origins[i];
        const struct origin_record *earlier = find_origin(before, origin);
        tell_certificate(comparison, after->hostname, origin);
        tell_blockers(comparison, CHANGE_NEW_BLOCKER, after->hostname, origin, earlier);
        /* Where there is no verdict, what is not seen may still be there. */
        if (earlier != NULL && origin->status == STATUS_COMPLETE) {
            tell_blockers(comparison, CHANGE_BLOCKER_LIFTED, after->hostname, earlier, origin);
        }
    }
}

static void tell_recommendation(const struct comparison *comparison, const struct hostname_record *before,
                                const struct hostname_record *after, int64_t finished_s)
{
    enum mode from = before != NULL ? before->recommended_mode : after->current_mode;
    struct change change = {.zone = comparison->zone,
                            .hostname = after->hostname,
                            .from = from,
                            .to = after->recommended_mode,
                            .detail = after->decision.reason,
                            .at_s = finished_s};
    if (after->recommended_mode > from && summary_could_be_stronger(after)) {
        change.kind = CHANGE_RECOMMENDED;
    } else if (after->recommended_mode == MODE_NONE && from != MODE_NONE && before != NULL) {
        change.kind = CHANGE_VERDICT_LOST;
        change.code = after->incomplete_reason;
    } else if (after->recommended_mode != MODE_NONE && after->recommended_mode < from && before != NULL) {
        change.kind = CHANGE_WEAKENED;
    } else {
        return;
    }
    comparison->visit(comparison->context, &change);
}

static void tell_rollout(const struct comparison *comparison, const struct hostname_record *hostname)
{
    const struct rollout_summary *rollout = hostname->rollout;
    if (rollout == NULL) {
        return;
    }
    struct change change = {.zone = comparison->zone,
                            .hostname = hostname->hostname,
                            .from = rollout->from,
                            .to = rollout->to,
                            .detail = rollout->reason};
    if (rollout->opened_s > comparison->window->since_s) {
        change.kind = CHANGE_STARTED;
        change.at_s = rollout->opened_s;
        comparison->visit(comparison->context, &change);
    }
    bool ended = rollout->state == ROLLOUT_COMMITTED || rollout->state == ROLLOUT_ROLLED_BACK;
    if (ended && rollout->ended_s > comparison->window->since_s) {
        change.kind = rollout->state == ROLLOUT_COMMITTED ? CHANGE_UPGRADED : CHANGE_ROLLED_BACK;
        change.at_s = rollout->ended_s;
        comparison->visit(comparison->context, &change);
    }
}

void digest_compare(const struct scan_record *before, const struct scan_record *after,
                    const struct digest_window *window, digest_on_change *visit, void *context)
{
    const struct comparison comparison = {window, visit, context, after->zone};
    for (size_t i = 0; i < after->hostname_count; i++) {
        const struct hostname_record *hostname = &after->hostnames[i];
        const struct hostname_record *earlier = find_hostname(before, hostname->hostname);
        tell_rollout(&comparison, hostname);
        tell_recommendation(&comparison, earlier, hostname, after->finished_s);
        tell_origins(&comparison, earlier, hostname);
    }
}
