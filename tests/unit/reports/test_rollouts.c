/* Rollouts in every state, as lists and as edges read them. */
#include "reports/rollouts.h"
#include "tests/support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START 1767225600 /* 2026-01-01T00:00:00Z */

#define ROW(name, its_state, share, its_rule, why, gap)                                                                \
    {                                                                                                                  \
        .zone = "example.com", .hostname = name,                                                                       \
        .summary = {.state = its_state,                                                                                \
                    .from = MODE_FLEXIBLE,                                                                             \
                    .to = MODE_FULL_STRICT,                                                                            \
                    .percent = share,                                                                                  \
                    .opened_s = START,                                                                                 \
                    .step_s = share > 0 ? START + 60 : -1,                                                             \
                    .ended_s = -1,                                                                                     \
                    .rule = its_rule,                                                                                  \
                    .reason = why,                                                                                     \
                    .power = share > 0 ? 0.25 : -1},                                                                   \
        .weight = 1000, .unobserved_s = gap                                                                            \
    }

static const struct rollout_row rows[] = {
    ROW("a.example.com", ROLLOUT_PROPOSED, 0, "approval", "The policy asks for an approval.", -1),
    ROW("b.example.com", ROLLOUT_WAITING, 0, "daily_limit", "Those with more visitors go first.", -1),
    ROW("c.example.com", ROLLOUT_RAMPING, 10, "step_time", "10 % for 3 h of 6 h.", 0),
    ROW("d.example.com", ROLLOUT_HOLDING, 30, "held", "Held by hand at 30 %.", 7200),
    ROW("e.example.com", ROLLOUT_COMMITTED, 100, "committed", "It stays.", -1),
    ROW("f.example.com", ROLLOUT_ROLLED_BACK, 0, "contradicted", "A scan no longer finds it safe.", -1),
    ROW("g.example.com", ROLLOUT_CANCELLED, 0, "by_hand", "Cancelled \x1b[31mby hand.", -1),
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void lists(void **state)
{
    (void)state;
    const struct report_style style = {false, 100};
    struct buf out = {.data = NULL};
    rollout_rows_text(rows, ROW_COUNT, &style, &out);
    rollout_rows_text(rows, 0, &style, &out);
    golden_assert("tests/golden/reports/rollouts.txt", buf_text(&out));
    buf_reset(&out);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct json_writer json;
        json_init(&json, &out, false);
        rollout_row_json(&json, &rows[i]);
        buf_append_byte(&out, '\n');
    }
    golden_assert("tests/golden/reports/rollouts.ndjson", buf_text(&out));
    buf_release(&out);
}

static const struct inventory_origin origins[] = {
    {.address = "192.0.2.10", .http_port = 80, .https_port = 443},
    {.address = "2001:db8::10", .http_port = 8080, .https_port = 8443},
};

#define EDGE(its_zone, name, its_state, what, share, rest, fresh, redirects)                                           \
    {                                                                                                                  \
        .zone = its_zone, .hostname = name, .host_header = name, .sni = name, .state = its_state, .mode = what,        \
        .otherwise = rest, .percent = share, .is_new = fresh, .always_https = redirects, .origins = origins,           \
        .origin_count = 2                                                                                              \
    }

static const struct edge_hostname edges[] = {
    EDGE("example.com", "img.example.com", ROLLOUT_RAMPING, MODE_FULL_STRICT, 10, MODE_FLEXIBLE, true, false),
    EDGE("example.com", "old.example.com", ROLLOUT_RAMPING, MODE_FLEXIBLE, 1, MODE_OFF, true, false),
    EDGE("example.com", "www.example.com", ROLLOUT_COMMITTED, MODE_FULL, 100, MODE_NONE, true, true),
    EDGE("example.net", "www.example.net", ROLLOUT_ROLLED_BACK, MODE_FLEXIBLE, 100, MODE_NONE, false, false),
    EDGE("example.org", "www.example.org", ROLLOUT_HOLDING, MODE_STRICT, 50, MODE_FULL_STRICT, true, false),
    {.zone = "example.org",
     .hostname = "x.example.org",
     .host_header = "x.example.org",
     .sni = "x.example.org",
     .state = ROLLOUT_PROPOSED,
     .mode = MODE_FLEXIBLE,
     .otherwise = MODE_NONE,
     .percent = 100},
};
#define EDGE_COUNT (sizeof edges / sizeof *edges)

static void edges_in_every_language(void **state)
{
    (void)state;
    struct buf out = {.data = NULL};
    edge_ndjson(edges, EDGE_COUNT, &out);
    golden_assert("tests/golden/reports/edge.ndjson", buf_text(&out));
    buf_reset(&out);
    edge_nginx(edges, EDGE_COUNT, "/etc/ssl/certs/ca-certificates.crt", &out);
    golden_assert("tests/golden/reports/edge_nginx.conf", buf_text(&out));
    buf_reset(&out);
    edge_haproxy(edges, EDGE_COUNT, "/etc/ssl/certs/ca-certificates.crt", &out);
    golden_assert("tests/golden/reports/edge_haproxy.cfg", buf_text(&out));
    buf_reset(&out);
    edge_haproxy_map(edges, EDGE_COUNT, &out);
    golden_assert("tests/golden/reports/edge_haproxy.map", buf_text(&out));
    buf_reset(&out);
    edge_cloudflare(edges, EDGE_COUNT, &out);
    golden_assert("tests/golden/reports/edge_cloudflare.json", buf_text(&out));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(edges_in_every_language),
    };
    return cmocka_run_group_tests_name("rollout reports", tests, NULL, NULL);
}
