#include "tests/support/golden.h"
#include "tests/unit/recommend/prose.h"
#include "tests/unit/recommend/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SET(mode) ((mode_set)(1u << MODE_##mode))
#define SAME(n)                                                                                                        \
    {                                                                                                                  \
        .count = (n), .verdict = PAIR_SAME, .from_home = true                                                          \
    }
#define TODAY(n)                                                                                                       \
    {                                                                                                                  \
        .count = (n), .verdict = PAIR_SAME, .today_only = true, .from_home = true                                      \
    }
#define AGAINST(n, v, c, d)                                                                                            \
    {                                                                                                                  \
        .count = (n), .verdict = (v), .code = (c), .detail = (d)                                                       \
    }

static const struct scenario content[] = {
    {.title = "The same site over both schemes and a valid certificate",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(60)}},
    {.title = "Pages with noise that still give a visitor the same",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(40), {.count = 20, .verdict = PAIR_EQUIVALENT}}},
    {.title = "One page of sixty is another one over https",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(59), AGAINST(1, PAIR_DIFFERENT, CODE_CONTENT_DIFFERS, "another text")}},
    {.title = "A difference that was seen only once",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(59), {.count = 1, .verdict = PAIR_DIFFERENT, .code = CODE_CONTENT_DIFFERS, .once = true}}},
    {.title = "Every page is the server's default page over https",
     .current = MODE_FLEXIBLE,
     .groups = {{.count = 23,
                 .verdict = PAIR_DIFFERENT,
                 .code = CODE_CONTENT_DIFFERS,
                 .from_home = true,
                 .detail = "nginx's default page"}}},
    {.title = "Some paths are missing over https",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(50), AGAINST(3, PAIR_UNAVAILABLE, CODE_HTTPS_UNAVAILABLE, "404 instead of 200")}},
    {.title = "A verdict against without a code is named by the verdict",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(50), AGAINST(1, PAIR_UNAVAILABLE, CODE_NONE, "503 instead of 200"),
                AGAINST(1, PAIR_DIFFERENT, CODE_NONE, "another text")}},
    {.title = "A loop over https only in later hops",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(60),
                {.count = 1,
                 .verdict = PAIR_DIFFERENT,
                 .code = CODE_REDIRECT_LOOP,
                 .later_hops = true,
                 .other_visitor = 1,
                 .detail = "ends at a page today, loops under full"}}},
    {.title = "Redirects end elsewhere",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(60), AGAINST(1, PAIR_DIFFERENT, CODE_REDIRECT_DIFFERS, "ends at http where it ended at https")}},
    {.title = "A site that loops under flexible is healed by full",
     .current = MODE_FLEXIBLE,
     .groups = {{.count = 20, .verdict = PAIR_IMPROVED, .from_home = true, .today = SIDE_LOOPS}}},
    {.title = "Port 80 is closed, so that flexible is broken and full mends it",
     .current = MODE_FLEXIBLE,
     .http = PORT_REFUSED,
     .groups = {{.count = 60, .verdict = PAIR_IMPROVED, .from_home = true}}},
    {.title = "The difference of one page rules out strict alone",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_STRICT,
     .groups = {SAME(60),
                {.count = 60, .verdict = PAIR_SAME, .candidates = SET(STRICT), .other_visitor = 1},
                {.count = 1,
                 .verdict = PAIR_DIFFERENT,
                 .code = CODE_CONTENT_DIFFERS,
                 .candidates = SET(STRICT),
                 .other_visitor = 1,
                 .detail = "another text"}}},
    {.title = "Strict is allowed and everything is the same for both visitor schemes",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_STRICT,
     .groups = {SAME(60), {.count = 60, .verdict = PAIR_SAME, .candidates = SET(STRICT), .other_visitor = 1}}},
    {.title = "Strict is allowed, but nothing was compared for http visitors",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_STRICT,
     .groups = {SAME(60)}},
    {.title = "Strict is allowed, and the edge redirects all http visitors, so that none of them needs a pair",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_STRICT,
     .always_https = true,
     .groups = {SAME(60)}},
    {.title = "From off, the origin is told another visitor scheme and redirects it in a loop under flexible alone",
     .current = MODE_OFF,
     .groups = {{.count = 60, .verdict = PAIR_SAME, .candidates = SET(FULL) | SET(FULL_STRICT), .from_home = true},
                {.count = 60,
                 .verdict = PAIR_DIFFERENT,
                 .code = CODE_REDIRECT_LOOP,
                 .candidates = SET(FLEXIBLE),
                 .detail = "ends at a page today, loops under flexible"}}},
    {.title = "From off to a ceiling of flexible", .current = MODE_OFF, .ceiling = MODE_FLEXIBLE, .groups = {SAME(60)}},
    {.title = "The certificate does not matter up to full",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_FULL,
     .problems = PROBLEM(SELF_SIGNED),
     .groups = {SAME(60)}},
};

static const struct scenario port[] = {
    {.title = "443 is closed", .current = MODE_FLEXIBLE, .https = PORT_REFUSED, .groups = {TODAY(5)}},
    {.title = "443 is silent", .current = MODE_FLEXIBLE, .https = PORT_SILENT, .groups = {TODAY(5)}},
    {.title = "443 is unreachable", .current = MODE_FLEXIBLE, .https = PORT_UNREACHABLE, .groups = {TODAY(5)}},
    {.title = "Plain HTTP on 443", .current = MODE_FLEXIBLE, .https = PORT_NO_TLS, .groups = {TODAY(5)}},
    {.title = "443 asks for a client certificate",
     .current = MODE_FLEXIBLE,
     .https = PORT_CLIENT_CERTIFICATE,
     .certificate_unseen = true,
     .groups = {TODAY(5)}},
    {.title = "443 is closed and nothing was fetched over http",
     .current = MODE_FLEXIBLE,
     .https = PORT_REFUSED,
     .certificate_unseen = true},
    {.title = "443 is closed, and we were blocked before pairs were due",
     .current = MODE_FLEXIBLE,
     .https = PORT_REFUSED,
     .certificate_unseen = true,
     .stopped = CODE_BLOCKED,
     .groups = {TODAY(1)}},
    {.title = "443 is closed, but from off to flexible pairs are needed and there are none",
     .current = MODE_OFF,
     .https = PORT_REFUSED,
     .certificate_unseen = true},
    {.title = "443 is closed, and from off flexible is shown to be safe",
     .current = MODE_OFF,
     .https = PORT_REFUSED,
     .certificate_unseen = true,
     .groups = {{.count = 12, .verdict = PAIR_SAME, .candidates = SET(FLEXIBLE), .from_home = true}}},
    {.title = "443 is closed under full, which is in use",
     .current = MODE_FULL,
     .https = PORT_REFUSED,
     .certificate_unseen = true,
     .groups = {{.count = 5, .verdict = PAIR_UNUSABLE, .today_only = true, .from_home = true}}},
    {.title = "Neither port answers",
     .current = MODE_FLEXIBLE,
     .http = PORT_REFUSED,
     .https = PORT_SILENT,
     .certificate_unseen = true},
    {.title = "Port 80 is closed and 443 speaks no TLS",
     .current = MODE_FLEXIBLE,
     .http = PORT_REFUSED,
     .https = PORT_NO_TLS,
     .certificate_unseen = true},
    {.title = "We have no route",
     .current = MODE_FLEXIBLE,
     .http = PORT_NO_ROUTE,
     .https = PORT_NO_ROUTE,
     .certificate_unseen = true},
    {.title = "The https port was never asked", .current = MODE_FLEXIBLE, .ports_unknown = true, .groups = {SAME(60)}},
    {.title = "Port 80 is closed under full, so that http visitors get nothing",
     .current = MODE_FULL,
     .http = PORT_REFUSED,
     .groups = {TODAY(5)}},
    {.title = "Port 80 is closed under full, and no visitor needs it",
     .current = MODE_FULL,
     .http = PORT_REFUSED,
     .always_https = true,
     .groups = {TODAY(5)}},
};

static const struct scenario certificate[] = {
    {.title = "Full to full_strict with a valid certificate asks for no pair",
     .current = MODE_FULL,
     .groups = {TODAY(5)}},
    {.title = "Full to full_strict with an expired certificate",
     .current = MODE_FULL,
     .problems = PROBLEM(EXPIRED),
     .groups = {TODAY(5)}},
    {.title = "A self-signed certificate",
     .current = MODE_FLEXIBLE,
     .problems = PROBLEM(SELF_SIGNED),
     .groups = {SAME(60)}},
    {.title = "Three problems at once",
     .current = MODE_FLEXIBLE,
     .problems = PROBLEM(EXPIRED) | PROBLEM(NAME_MISMATCH) | PROBLEM(UNTRUSTED),
     .groups = {SAME(60)}},
    {.title = "Every other problem of a certificate",
     .current = MODE_FLEXIBLE,
     .problems = PROBLEM(PIN_MISMATCH) | PROBLEM(REVOKED) | PROBLEM(NOT_YET_VALID) | PROBLEM(CHAIN_INCOMPLETE) |
                 PROBLEM(WEAK) | PROBLEM(INVALID),
     .groups = {SAME(60)}},
    {.title = "The certificate was not seen",
     .current = MODE_FLEXIBLE,
     .certificate_unseen = true,
     .groups = {SAME(60)}},
    {.title = "Full_strict is in use and its certificate has expired",
     .current = MODE_FULL_STRICT,
     .problems = PROBLEM(EXPIRED),
     .groups = {TODAY(5)}},
    {.title = "Full_strict is in use and works", .current = MODE_FULL_STRICT, .groups = {TODAY(5)}},
    {.title = "Full is in use, the certificate is fine, but the home page fails",
     .current = MODE_FULL,
     .groups = {{.count = 5, .verdict = PAIR_UNUSABLE, .today_only = true, .from_home = true}}},
    {.title = "Full is in use and most URLs fail, not the home page",
     .current = MODE_FULL,
     .groups = {TODAY(1), {.count = 4, .verdict = PAIR_UNUSABLE, .today_only = true}}},
    {.title = "Full is in use and nothing could be fetched", .current = MODE_FULL},
    {.title = "Full_strict is in use and nothing could be fetched", .current = MODE_FULL_STRICT},
    {.title = "Full is in use and the home page answers with a challenge",
     .current = MODE_FULL,
     .groups = {{.count = 1,
                 .verdict = PAIR_INTERFERENCE,
                 .today_only = true,
                 .from_home = true,
                 .detail = "a challenge page"}}},
    {.title = "Strict is in use beyond the ceiling", .current = MODE_STRICT, .groups = {TODAY(5)}},
};

static const struct scenario evidence[] = {
    {.title = "Nine usable pairs", .current = MODE_FLEXIBLE, .groups = {SAME(9)}},
    {.title = "Nine usable pairs where nine are asked for",
     .current = MODE_FLEXIBLE,
     .min_pairs = 9,
     .groups = {SAME(9)}},
    {.title = "Off is in use, and http redirects blindly to https: off and flexible loop alike, full heals",
     .current = MODE_OFF,
     .groups = {{.count = 12,
                 .verdict = PAIR_UNUSABLE,
                 .candidates = 1u << MODE_FLEXIBLE,
                 .from_home = true,
                 .today = SIDE_LOOPS,
                 .tomorrow = SIDE_LOOPS},
                {.count = 12,
                 .verdict = PAIR_IMPROVED,
                 .candidates = 1u << MODE_FULL | 1u << MODE_FULL_STRICT,
                 .from_home = true,
                 .today = SIDE_LOOPS,
                 .tomorrow = SIDE_WORKS}}},
    {.title = "No pair at all", .current = MODE_FLEXIBLE},
    {.title = "No pair and no further link", .current = MODE_FLEXIBLE, .every_link = true},
    {.title = "A site of four pages", .current = MODE_FLEXIBLE, .every_link = true, .groups = {SAME(4)}},
    {.title = "A site of four pages behind a policy that asks for four",
     .current = MODE_FLEXIBLE,
     .every_link = true,
     .min_pairs = 4,
     .groups = {SAME(4)}},
    {.title = "An API without a key",
     .current = MODE_FLEXIBLE,
     .groups = {{.count = 12, .verdict = PAIR_WEAK, .from_home = true}}},
    {.title = "A small API without a key whose links were all compared",
     .current = MODE_FLEXIBLE,
     .every_link = true,
     .groups = {{.count = 2, .verdict = PAIR_WEAK, .from_home = true}}},
    {.title = "Some pages and some equal refusals that do not reach the minimum together",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(4), {.count = 5, .verdict = PAIR_WEAK}}},
    {.title = "Some pages and some equal refusals that reach the minimum together",
     .current = MODE_FLEXIBLE,
     .every_link = true,
     .groups = {SAME(4), {.count = 6, .verdict = PAIR_WEAK}}},
    {.title = "A firewall answers 403 over https alone",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(57), {.count = 3, .verdict = PAIR_INTERFERENCE, .detail = "403 over https only"}}},
    {.title = "Our user agent is refused everywhere",
     .current = MODE_FLEXIBLE,
     .stopped = CODE_BLOCKED,
     .stopped_detail = "403 on both sides of the home page."},
    {.title = "Stopped by a signal after twenty equal pairs",
     .current = MODE_FLEXIBLE,
     .stopped = CODE_INTERRUPTED,
     .groups = {SAME(20)}},
    {.title = "Stopped by a signal after a confirmed difference and an expired certificate",
     .current = MODE_FLEXIBLE,
     .stopped = CODE_INTERRUPTED,
     .problems = PROBLEM(EXPIRED),
     .groups = {SAME(20), AGAINST(1, PAIR_DIFFERENT, CODE_CONTENT_DIFFERS, "another text")}},
    {.title = "A quarter of the pages never look the same twice",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(45), {.count = 15, .verdict = PAIR_UNSTABLE}}},
    {.title = "More than a quarter of the pages never look the same twice",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(44), {.count = 16, .verdict = PAIR_UNSTABLE}}},
    {.title = "Unstable pages are why there are too few",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(8), {.count = 2, .verdict = PAIR_UNSTABLE}}},
    {.title = "Half of the URLs answer with 500 on both sides",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(30), {.count = 30, .verdict = PAIR_UNUSABLE}}},
    {.title = "Most URLs answer with 500 on both sides",
     .current = MODE_FLEXIBLE,
     .groups = {SAME(29), {.count = 31, .verdict = PAIR_UNUSABLE}}},
    {.title = "Everything loops today and tomorrow",
     .current = MODE_FLEXIBLE,
     .groups =
         {{.count = 20, .verdict = PAIR_UNUSABLE, .from_home = true, .today = SIDE_LOOPS, .tomorrow = SIDE_LOOPS}}},
};

static const struct scenario decision[] = {
    {.title = "The setting is custom", .current = MODE_FLEXIBLE, .setting = SETTING_CUSTOM, .groups = {SAME(60)}},
    {.title = "The addresses come from public DNS",
     .current = MODE_FLEXIBLE,
     .policy = {.addresses_may_be_the_edge = true},
     .groups = {SAME(60)}},
    {.title = "The certificate expires soon", .current = MODE_FLEXIBLE, .expires_soon = true, .groups = {SAME(60)}},
    {.title = "The certificate expires soon, which does not matter up to full",
     .current = MODE_FLEXIBLE,
     .ceiling = MODE_FULL,
     .expires_soon = true,
     .groups = {SAME(60)}},
    {.title = "New HSTS with includeSubDomains beside a hostname in off",
     .current = MODE_FLEXIBLE,
     .policy = {.zone_has_off = true},
     .notices = {{CODE_HSTS_NEW, "/", "max-age=31536000; includeSubDomains"}},
     .groups = {SAME(60)}},
    {.title = "New HSTS with includeSubDomains where no hostname is in off",
     .current = MODE_FLEXIBLE,
     .notices = {{CODE_HSTS_NEW, "/", "max-age=31536000; includeSubDomains"}},
     .groups = {SAME(60)}},
    {.title = "New HSTS for the hostname alone beside a hostname in off",
     .current = MODE_FLEXIBLE,
     .policy = {.zone_has_off = true},
     .notices = {{CODE_HSTS_NEW, "/", "max-age=31536000"}},
     .groups = {SAME(60)}},
    {.title = "Warnings that change nothing",
     .current = MODE_FLEXIBLE,
     .notices = {{CODE_MIXED_CONTENT, "/", "1 script over http"},
                 {CODE_WEAK_PROTOCOL, NULL, NULL},
                 {CODE_CERTIFICATE_CN_ONLY, NULL, NULL}},
     .groups = {SAME(60)}},
};

static void say_all(struct buf *out, const char *heading, const struct scenario *scenarios, size_t count)
{
    buf_printf(out, "%s\n\n", heading);
    for (size_t i = 0; i < count; i++) {
        struct arena arena = {0};
        struct hostname_record hostname;
        scenario_judge(&scenarios[i], &arena, &hostname);
        prose_hostname(out, scenarios[i].title, &hostname);
        buf_append_byte(out, '\n');
        arena_release(&arena);
    }
}

#define SAY_ALL(out, heading, table) say_all(out, heading, table, sizeof(table) / sizeof((table)[0]))

static void test_origin_golden(void **state)
{
    (void)state;
    struct buf out;

    buf_init(&out, 0);
    SAY_ALL(&out, "WHAT VISITORS SEE", content);
    SAY_ALL(&out, "PORTS", port);
    SAY_ALL(&out, "CERTIFICATES AND TODAY'S MODE", certificate);
    SAY_ALL(&out, "ENOUGH EVIDENCE", evidence);
    SAY_ALL(&out, "DECISIONS", decision);
    assert_false(out.failed);
    golden_assert("tests/golden/recommend/origin.txt", buf_text(&out));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_origin_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
