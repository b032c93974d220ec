#include "tests/lab/expectation.h"

#include "base/address.h"

#include <string.h>

static bool is_of_zone(const struct lab_served *served, const char *zone_name)
{
    return strcmp(served->site->zone, zone_name) == 0 && !served->site->canary;
}

int lab_inventory(const struct lab *lab, const char *zone_name, struct inventory_zone *zone, struct err *err)
{
    *zone = (struct inventory_zone){0};
    zone->zone = arena_text(&zone->arena, zone_name);
    for (size_t i = 0; i < lab_served_count(lab); i++) {
        const struct lab_served *served = lab_served(lab, i);
        if (!is_of_zone(served, zone_name)) {
            continue;
        }
        struct inventory_hostname *hostname = inventory_add_hostname(zone, served->site->hostname);
        struct inventory_origin origin = {.address = served->address,
                                          .http_port = served->http_port,
                                          .https_port = served->https_port,
                                          .source = SOURCE_OPTION};
        if (hostname == NULL || inventory_add_origin(zone, hostname, &origin) != 0) {
            return err_memory(err);
        }
    }
    return zone->hostname_count > 0 ? 0 : err_set(err, ERR_USAGE, "the lab serves no zone %s", zone_name);
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static const char *or_null(const char *text)
{
    return text != NULL ? text : "null";
}

struct check {
    struct buf *faults;
    const char *site;
    bool good;
};

static void expect(struct check *check, const char *what, const char *expected, const char *seen)
{
    if (same_text(expected, seen)) {
        return;
    }
    check->good = false;
    buf_printf(check->faults, "%s: %s is %s, expected %s\n", check->site, what, or_null(seen), or_null(expected));
}

static bool is_listed(const char *const *codes, const char *code)
{
    for (size_t i = 0; i < LAB_CODES_MAX && codes[i] != NULL; i++) {
        if (strcmp(codes[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_blocker(const struct origin_record *origin, const char *code)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        if (same_text(code_name(origin->blockers[i].code), code)) {
            return true;
        }
    }
    return false;
}

static bool has_warning(const struct origin_record *origin, const char *code)
{
    for (size_t i = 0; i < origin->warning_count; i++) {
        if (same_text(code_name(origin->warnings[i].code), code)) {
            return true;
        }
    }
    return false;
}

static void check_codes(struct check *check, const struct lab_expectation *expected, const struct origin_record *origin)
{
    for (size_t i = 0; i < LAB_CODES_MAX && expected->blockers[i] != NULL; i++) {
        expect(check, "a blocker", expected->blockers[i],
               has_blocker(origin, expected->blockers[i]) ? expected->blockers[i] : NULL);
    }
    for (size_t i = 0; i < LAB_CODES_MAX && expected->warnings[i] != NULL; i++) {
        expect(check, "a warning", expected->warnings[i],
               has_warning(origin, expected->warnings[i]) ? expected->warnings[i] : NULL);
    }
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const char *code = code_name(origin->blockers[i].code);
        if (!is_listed(expected->blockers, code) && !is_listed(expected->may_also, code)) {
            expect(check, "a blocker", NULL, code);
        }
    }
}

static void check_site(struct check *check, const struct lab_expectation *expected, const struct scan_record *record,
                       const struct hostname_record *hostname, const struct origin_record *origin)
{
    const char *recommended = mode_name(hostname->recommended_mode);
    bool undecided = expected->status == NULL && hostname->status != STATUS_COMPLETE;
    if (!undecided) {
        expect(check, "the recommended mode", expected->recommended_mode, recommended);
        expect(check, "the supported mode of the origin", expected->supported_mode, mode_name(origin->supported_mode));
        expect(check, "the recommended mode of the zone", expected->zone_mode, mode_name(record->recommended_mode));
    }
    if (expected->status != NULL) {
        expect(check, "the status", expected->status, scan_status_name(hostname->status));
        expect(check, "the reason", expected->incomplete_reason, code_name(hostname->incomplete_reason));
        check_codes(check, expected, origin);
    }
    expect(check, "the action", expected->action, decision_action_name(hostname->decision.action));
}

static const struct origin_record *find_origin(const struct hostname_record *hostname, const struct lab_served *served)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        if (strcmp(origin->address, served->address) == 0 && origin->http_port == served->http_port) {
            return origin;
        }
    }
    return NULL;
}

static const struct hostname_record *find_hostname(const struct scan_record *record, const char *name)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            return &record->hostnames[i];
        }
    }
    return NULL;
}

bool lab_check(const struct lab *lab, const struct scan_record *record, struct buf *faults)
{
    bool good = true;
    for (size_t i = 0; i < lab_served_count(lab); i++) {
        const struct lab_served *served = lab_served(lab, i);
        if (!is_of_zone(served, record->zone)) {
            continue;
        }
        struct check check = {faults, served->site->name, true};
        const struct hostname_record *hostname = find_hostname(record, served->site->hostname);
        const struct origin_record *origin = hostname != NULL ? find_origin(hostname, served) : NULL;
        if (origin == NULL) {
            expect(&check, "its origin", served->address, NULL);
        } else {
            check_site(&check, &served->site->expected, record, hostname, origin);
        }
        good = good && check.good;
    }
    return good;
}
