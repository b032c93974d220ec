#include "recommend/confidence.h"
#include "tests/support/golden.h"
#include "tests/unit/recommend/prose.h"
#include "tests/unit/recommend/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ORIGINS   3
#define HOSTNAMES 3

/* What the judgement of one origin gave. */
struct origin_outcome {
    enum scan_status status;
    enum code reason;
    mode_set safe;
    uint32_t pairs;
    enum code warning;
};

struct hostname_outcome {
    const char *hostname; /* NULL: no more */
    enum mode current;
    enum setting setting;
    struct origin_outcome origins[ORIGINS];
    size_t origin_count;
};

struct zone_outcome {
    const char *title;
    struct hostname_outcome hostnames[HOSTNAMES];
};

#define UP_TO_FULL_STRICT 0x0e /* flexible, full, full_strict */
#define UP_TO_FULL        0x06
#define UP_TO_FLEXIBLE    0x02
#define DONE(set, n)                                                                                                   \
    {                                                                                                                  \
        .safe = (set), .pairs = (n)                                                                                    \
    }
#define OPEN(why)                                                                                                      \
    {                                                                                                                  \
        .status = STATUS_INCOMPLETE, .reason = (why)                                                                   \
    }
#define OUT                                                                                                            \
    {                                                                                                                  \
        .status = STATUS_OPTED_OUT                                                                                     \
    }

static const struct zone_outcome zones[] = {
    {"One hostname decides for the zone",
     {{"example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1}}},
    {"An old origin does not hold back the other hostname",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"old.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FLEXIBLE, 0)}, 1}}},
    {"Two hostnames of different strength meet in full",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"img.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL, 40)}, 1}}},
    {"A hostname that is stronger already does not count against the zone",
     {{"www.example.com", MODE_FULL_STRICT, SETTING_AUTO, {DONE(0x0c, 0)}, 1},
      {"img.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL, 40)}, 1}}},
    {"A hostname is as strong as the weakest of its addresses",
     {{"www.example.com",
       MODE_FLEXIBLE,
       SETTING_AUTO,
       {DONE(UP_TO_FULL_STRICT, 60), DONE(UP_TO_FULL, 20), DONE(UP_TO_FULL_STRICT, 20)},
       3}}},
    {"Origins that share no safe mode, though all have a verdict",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(0x04, 60), DONE(UP_TO_FLEXIBLE, 20)}, 2}}},
    {"One address without a verdict leaves the hostname without one",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60), OPEN(CODE_UNREACHABLE)}, 2}}},
    {"Some hostnames have a verdict",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"api.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OPEN(CODE_BLOCKED)}, 1}}},
    {"No hostname has a verdict",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OPEN(CODE_TOO_FEW_PAIRS)}, 1},
      {"api.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OPEN(CODE_BLOCKED)}, 1}}},
    {"All hostnames have opted out",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OUT}, 1},
      {"api.example.com", MODE_FULL, SETTING_AUTO, {OUT}, 1}}},
    {"One hostname has opted out",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"api.example.com", MODE_FULL, SETTING_AUTO, {OUT}, 1}}},
    {"An opted-out address opts its hostname out",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OPEN(CODE_BLOCKED), OUT}, 2}}},
    {"A hostname without any address", {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {OUT}, 0}}},
    {"A custom hostname holds the zone",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"shop.example.com", MODE_FLEXIBLE, SETTING_CUSTOM, {DONE(UP_TO_FULL_STRICT, 60)}, 1}}},
    {"A custom hostname that is there already holds nothing",
     {{"www.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1},
      {"shop.example.com", MODE_FULL_STRICT, SETTING_CUSTOM, {DONE(0x0c, 0)}, 1}}},
    {"Two hostnames for which no request changes",
     {{"www.example.com", MODE_FULL, SETTING_AUTO, {DONE(0x0c, 0)}, 1},
      {"img.example.com", MODE_FULL, SETTING_AUTO, {DONE(0x0c, 0)}, 1}}},
    {"A small sample holds its hostname, and so the zone",
     {{"www.example.com",
       MODE_FLEXIBLE,
       SETTING_AUTO,
       {{.safe = UP_TO_FULL_STRICT, .pairs = 4, .warning = CODE_SMALL_SAMPLE}},
       1},
      {"img.example.com", MODE_FLEXIBLE, SETTING_AUTO, {DONE(UP_TO_FULL_STRICT, 60)}, 1}}},
    {"New HSTS over all subdomains while one of them is in off",
     {{"www.example.com",
       MODE_FLEXIBLE,
       SETTING_AUTO,
       {{.safe = UP_TO_FULL_STRICT, .pairs = 60, .warning = CODE_HSTS_NEW}},
       1},
      {"old.example.com", MODE_OFF, SETTING_AUTO, {DONE(0x01, 60)}, 1}}},
    {"A zone without hostnames", {{NULL, MODE_OFF, SETTING_AUTO, {OUT}, 0}}},
};

static void build_origin(const struct origin_outcome *outcome, struct warning *warning, struct origin_record *out)
{
    *out = (struct origin_record){
        .status = outcome->status,
        .incomplete_reason = outcome->reason,
        .safe_modes = outcome->safe,
        .supported_mode = mode_set_strongest(outcome->safe),
        .confidence = confidence_of(0, outcome->pairs),
    };
    if (outcome->warning == CODE_NONE)
        return;
    *warning = (struct warning){outcome->warning, NULL, "max-age=1; includeSubDomains"};
    out->warnings = warning;
    out->warning_count = 1;
}

static void say_zone(struct buf *out, const struct zone_outcome *zone)
{
    struct origin_record origins[HOSTNAMES][ORIGINS];
    struct warning warnings[HOSTNAMES][ORIGINS];
    struct hostname_record hostnames[HOSTNAMES];
    struct decision_policy policy = DECISION_POLICY_INIT;
    struct scan_record record = {.hostnames = hostnames, .current_mode = MODE_NONE, .ceiling = MODE_FULL_STRICT};

    for (size_t h = 0; h < HOSTNAMES && zone->hostnames[h].hostname != NULL; h++) {
        const struct hostname_outcome *outcome = &zone->hostnames[h];
        for (size_t o = 0; o < outcome->origin_count; o++)
            build_origin(&outcome->origins[o], &warnings[h][o], &origins[h][o]);
        hostnames[h] = (struct hostname_record){.hostname = outcome->hostname,
                                                .current_mode = outcome->current,
                                                .ceiling = MODE_FULL_STRICT,
                                                .setting = outcome->setting,
                                                .origins = origins[h],
                                                .origin_count = outcome->origin_count};
        recommend_hostname(&hostnames[h]);
        record.hostname_count++;
    }
    recommend_zone(&record);
    assert_int_equal(decide_record(&record, &policy), 0);
    prose_zone(out, zone->title, &record);
    buf_append_byte(out, '\n');
    arena_release(&record.arena);
}

static void test_zone_golden(void **state)
{
    (void)state;
    struct buf out;

    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
        say_zone(&out, &zones[i]);
    assert_false(out.failed);
    golden_assert("tests/golden/recommend/zone.txt", buf_text(&out));
    buf_release(&out);
}

/* The bound of a hostname is that of the origin of which least is known, that of the zone comes from the sum. */
static void test_confidence(void **state)
{
    (void)state;
    struct origin_record origins[2] = {{.safe_modes = UP_TO_FULL, .confidence = confidence_of(0, 60)},
                                       {.safe_modes = UP_TO_FULL, .confidence = confidence_of(0, 20)}};
    struct origin_record certificate_only = {.safe_modes = UP_TO_FULL, .confidence = confidence_of(0, 0)};
    struct hostname_record hostnames[2] = {
        {.hostname = "a.test", .current_mode = MODE_FLEXIBLE, .origins = origins, .origin_count = 2},
        {.hostname = "b.test", .current_mode = MODE_FULL, .origins = &certificate_only, .origin_count = 1}};
    struct scan_record record = {.hostnames = hostnames, .hostname_count = 2};

    origins[1].confidence.request_coverage = 0.5;
    recommend_hostname(&hostnames[0]);
    recommend_hostname(&hostnames[1]);
    recommend_zone(&record);
    assert_int_equal(hostnames[0].confidence.pairs, 20);
    assert_true(hostnames[1].confidence.upper_bound < 0);
    assert_int_equal(record.confidence.pairs, 20);
    assert_true(record.confidence.upper_bound > 0.139 && record.confidence.upper_bound < 0.140);
    assert_true(record.confidence.request_coverage > 0.49 && record.confidence.request_coverage < 0.51);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zone_golden), cmocka_unit_test(test_confidence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
