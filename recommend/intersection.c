/* From origins to a hostname, and from hostnames to a zone: any of them may serve a visitor, so all must be safe. */
#include "recommend/confidence.h"
#include "recommend/recommend.h"

static enum mode higher(enum mode a, enum mode b)
{
    return a > b ? a : b;
}

static const struct origin_record *first_without_verdict(const struct hostname_record *hostname)
{
    const struct origin_record *first = NULL;

    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        if (origin->status == STATUS_OPTED_OUT)
            return origin;
        if (origin->status != STATUS_COMPLETE && first == NULL)
            first = origin;
    }
    return first;
}

/* That of the origin of which least is known. */
static struct confidence least_confidence(const struct hostname_record *hostname)
{
    struct confidence least = confidence_of(0, 0);

    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct confidence *confidence = &hostname->origins[i].confidence;
        if (confidence->upper_bound > least.upper_bound)
            least = *confidence;
    }
    return least;
}

static void hostname_has_no_verdict(struct hostname_record *hostname, enum scan_status status, enum code reason)
{
    hostname->status = status;
    hostname->incomplete_reason = status == STATUS_OPTED_OUT ? CODE_NONE : reason;
    hostname->safe_modes = 0;
    hostname->supported_mode = MODE_NONE;
    hostname->recommended_mode = MODE_NONE;
}

void recommend_hostname(struct hostname_record *hostname)
{
    const struct origin_record *blank = first_without_verdict(hostname);
    mode_set safe = mode_set_range(MODE_OFF, MODE_STRICT);

    hostname->confidence = least_confidence(hostname);
    if (hostname->origin_count == 0) {
        enum code reason = hostname->incomplete_reason != CODE_NONE ? hostname->incomplete_reason : CODE_UNREACHABLE;
        bool opted_out = hostname->status == STATUS_OPTED_OUT;
        hostname_has_no_verdict(hostname, opted_out ? STATUS_OPTED_OUT : STATUS_INCOMPLETE, reason);
        return;
    }
    if (blank != NULL) {
        hostname_has_no_verdict(hostname, blank->status, blank->incomplete_reason);
        return;
    }
    for (size_t i = 0; i < hostname->origin_count; i++)
        safe &= hostname->origins[i].safe_modes;
    hostname->status = STATUS_COMPLETE;
    hostname->incomplete_reason = CODE_NONE;
    hostname->safe_modes = safe;
    hostname->supported_mode = mode_set_strongest(safe);
    hostname->recommended_mode = higher(hostname->supported_mode, hostname->current_mode);
}

struct zone_tally {
    size_t complete, opted_out;
    const struct hostname_record *first_incomplete;
    mode_set safe;
    enum mode weakest_current;
    uint32_t pairs, against;
    double coverage;
};

static struct zone_tally tally_hostnames(const struct scan_record *record)
{
    struct zone_tally tally = {
        .safe = mode_set_range(MODE_OFF, MODE_STRICT), .weakest_current = MODE_NONE, .coverage = -1};

    for (size_t i = 0; i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        const struct confidence *confidence = &hostname->confidence;
        tally.complete += hostname->status == STATUS_COMPLETE;
        tally.opted_out += hostname->status == STATUS_OPTED_OUT;
        if (hostname->status == STATUS_INCOMPLETE && tally.first_incomplete == NULL)
            tally.first_incomplete = hostname;
        tally.safe &= hostname->safe_modes;
        if (tally.weakest_current == MODE_NONE || hostname->current_mode < tally.weakest_current)
            tally.weakest_current = hostname->current_mode;
        tally.pairs += confidence->pairs;
        tally.against += confidence->against;
        if (confidence->request_coverage >= 0 && (tally.coverage < 0 || confidence->request_coverage < tally.coverage))
            tally.coverage = confidence->request_coverage;
    }
    return tally;
}

static enum scan_status zone_status(const struct scan_record *record, const struct zone_tally *tally)
{
    if (record->hostname_count == 0)
        return record->status == STATUS_OPTED_OUT ? STATUS_OPTED_OUT : STATUS_INCOMPLETE;
    if (tally->complete == record->hostname_count)
        return STATUS_COMPLETE;
    if (tally->complete > 0)
        return STATUS_PARTIAL;
    return tally->opted_out == record->hostname_count ? STATUS_OPTED_OUT : STATUS_INCOMPLETE;
}

void recommend_zone(struct scan_record *record)
{
    struct zone_tally tally = tally_hostnames(record);
    bool complete = false;

    record->status = zone_status(record, &tally);
    if (record->hostname_count > 0)
        record->incomplete_reason =
            tally.first_incomplete != NULL ? tally.first_incomplete->incomplete_reason : CODE_NONE;
    complete = record->status == STATUS_COMPLETE;
    if (tally.weakest_current != MODE_NONE)
        record->current_mode = tally.weakest_current;
    record->supported_mode = complete ? mode_set_strongest(tally.safe) : MODE_NONE;
    record->recommended_mode = complete ? higher(record->supported_mode, record->current_mode) : MODE_NONE;
    record->confidence = confidence_of(tally.against, tally.pairs);
    record->confidence.request_coverage = tally.coverage;
}
