/* What becomes of rollouts, told as prose: every state, and every rule that ends, holds or starts one from outside. And
 * whether each rule of recommend/rules.c is told somewhere among the snapshots. */
#include "base/file.h"
#include "recommend/decide.h"
#include "recommend/sentence.h"
#include "scan/rollouts.h"
#include "tests/support/golden.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600
#define DAY  (24 * HOUR)

static const char golden_path[] = "tests/golden/scan/rollouts.txt";

struct story {
    struct temp_folder folder;
    struct store *store;
    struct rollout_policy policy;
    struct rollout_run run;
    char zone[64], hostname[64];
    int scans;
    struct arena arena;
    struct buf *out;
};

static void need(int result, const struct err *err)
{
    if (result != 0) {
        fail_msg("%s", err->message);
    }
}

static void begin(struct story *story, const char *title, struct buf *out)
{
    char path[TEMP_PATH_BYTES];
    struct scan_record record;
    struct err err = ERR_INIT;
    *story = (struct story){.out = out};
    temp_folder_make(&story->folder);
    temp_folder_path(&story->folder, "story.db", path);
    rollout_policy_init(&story->policy);
    story->store = store_open(path, STORE_READ_WRITE, &err);
    assert_non_null(story->store);
    sample_upgrade(&record);
    snprintf(story->zone, sizeof story->zone, "%s", record.zone);
    snprintf(story->hostname, sizeof story->hostname, "%s", record.hostnames[0].hostname);
    story->run = (struct rollout_run){
        .store = story->store, .policy = &story->policy, .now_s = record.finished_s + HOUR, .program_version = "test"};
    scan_record_release(&record);
    buf_printf(out, "%s\n", title);
}

static void end(struct story *story)
{
    store_close(story->store);
    arena_release(&story->arena);
    temp_folder_remove(&story->folder);
    buf_append_byte(story->out, '\n');
}

static void tell_rollout(struct story *story, const char *what)
{
    struct stored_rollout stored;
    struct err err = ERR_INIT;
    int found = store_find_rollout(story->store, story->zone, story->hostname, &story->arena, &stored, &err);
    if (found == 0) {
        buf_printf(story->out, "    %s: no rollout\n", what);
        return;
    }
    assert_int_equal(found, 1);
    buf_printf(story->out, "    %s: %s, %d %%: %s. %s\n", what, rollout_state_name(stored.rollout.state),
               rollout_percent(&stored.rollout), rule_name(stored.rule), stored.reason);
}

enum finding { SAFE, UNSAFE, OPTED_OUT };

static void scan(struct story *story, const char *what, enum finding finding)
{
    const struct decision_policy policy = DECISION_POLICY_INIT;
    struct scan_record record;
    struct err err = ERR_INIT;
    char scan_id[24];
    sample_upgrade(&record);
    struct hostname_record *hostname = &record.hostnames[0];
    snprintf(scan_id, sizeof scan_id, "scan-%d", ++story->scans);
    record.scan_id = scan_id;
    record.started_s = story->run.now_s - 60;
    record.finished_s = story->run.now_s;
    hostname->origins[0].certificate.not_after_s = story->run.now_s + 90 * DAY;
    if (finding == UNSAFE) {
        hostname->safe_modes = mode_set_of(MODE_FLEXIBLE);
        hostname->supported_mode = hostname->recommended_mode = MODE_FLEXIBLE;
    } else if (finding == OPTED_OUT) {
        hostname->status = record.status = STATUS_OPTED_OUT;
        hostname->supported_mode = hostname->recommended_mode = MODE_NONE;
    }
    assert_int_equal(decide_record(&record, &policy), 0);
    need(rollouts_after_scan(&story->run, &record, NULL, &err), &err);
    buf_printf(story->out, "    %s: decision %s by %s. %s\n", what, decision_action_name(hostname->decision.action),
               rule_name(hostname->decision.rule), hostname->decision.reason);
    scan_record_release(&record);
    tell_rollout(story, "so");
}

static void by_hand(struct story *story, enum rollout_event event)
{
    size_t changed = 0;
    struct err err = ERR_INIT;
    need(rollouts_by_hand(&story->run, story->zone, NULL, event, &changed, &err), &err);
    tell_rollout(story, rollout_event_name(event));
}

/* Half a day without any failure. */
static void observe(struct story *story)
{
    struct stored_rollout stored;
    struct rollouts_observed observed;
    struct err err = ERR_INIT;
    assert_int_equal(store_find_rollout(story->store, story->zone, story->hostname, &story->arena, &stored, &err), 1);
    int percent = rollout_percent(&stored.rollout);
    const struct reported_observation reported = {
        .zone = story->zone,
        .hostname = story->hostname,
        .line = 1,
        .observation = {.from = MODE_FLEXIBLE,
                        .to = MODE_FULL_STRICT,
                        .percent = percent,
                        .start_s = story->run.now_s,
                        .end_s = story->run.now_s + 12 * HOUR,
                        .candidate = {.requests = (uint64_t)percent * 10000, .given = {true, true, true}},
                        .control = {.requests = (uint64_t)(100 - percent) * 10000, .given = {true, true, true}}}};
    story->run.now_s += 12 * HOUR;
    need(rollouts_observe(&story->run, &reported, 1, "edge.ndjson", &observed, &err), &err);
    tell_rollout(story, "observed");
}

static void start_due(struct story *story, const char *what)
{
    size_t started = 0;
    struct err err = ERR_INIT;
    need(rollouts_start_due(&story->run, &started, &err), &err);
    buf_printf(story->out, "    %s: %zu started\n", what, started);
    tell_rollout(story, "so");
}

static void a_whole_life(struct buf *out)
{
    struct story story;
    begin(&story, "A harmless upgrade is committed, taken back by hand, and tried again after a while", out);
    scan(&story, "a scan", SAFE);
    for (int i = 0; i < RAMP_STEPS; i++) {
        observe(&story);
    }
    by_hand(&story, EVENT_ROLL_BACK);
    story.run.now_s += DAY;
    scan(&story, "a scan a day later", SAFE);
    story.run.now_s += 30 * DAY;
    scan(&story, "a scan a month later", SAFE);
    end(&story);
}

static void people_and_scans(struct buf *out)
{
    struct story story;
    begin(&story, "Approved, held, approved, and contradicted by a scan", out);
    story.policy.approval = true;
    scan(&story, "a scan", SAFE);
    by_hand(&story, EVENT_APPROVE);
    by_hand(&story, EVENT_HOLD);
    scan(&story, "a scan meanwhile", SAFE);
    by_hand(&story, EVENT_APPROVE);
    scan(&story, "a scan that finds otherwise", UNSAFE);
    end(&story);
    begin(&story, "Refused by a person, who changes the mind", out);
    story.policy.approval = true;
    scan(&story, "a scan", SAFE);
    by_hand(&story, EVENT_ROLL_BACK);
    story.run.now_s += DAY;
    story.policy.approval = false;
    scan(&story, "a scan a day later", SAFE);
    by_hand(&story, EVENT_APPROVE);
    end(&story);
}

static void waiting(struct buf *out)
{
    struct story story;
    begin(&story, "Everything is stopped, and goes on by itself", out);
    story.policy.stop = true;
    scan(&story, "a scan", SAFE);
    start_due(&story, "a look while it is stopped");
    scan(&story, "a scan meanwhile", SAFE);
    story.policy.stop = false;
    start_due(&story, "a look later");
    end(&story);
    begin(&story, "One scan of two", out);
    story.policy.agreeing_scans = 2;
    scan(&story, "a scan", SAFE);
    start_due(&story, "a look");
    story.run.now_s += DAY;
    scan(&story, "a scan a day later", SAFE);
    end(&story);
    begin(&story, "Who opts out while waiting is left alone", out);
    story.policy.stop = true;
    scan(&story, "a scan", SAFE);
    scan(&story, "a scan of who has opted out", OPTED_OUT);
    end(&story);
}

/* Another hostname with more visitors waits too, and the day has room for one. */
static void the_heavier_one_goes_first(struct buf *out)
{
    struct story story;
    struct err err = ERR_INIT;
    begin(&story, "The day has room for one, and somebody with more visitors waits", out);
    struct stored_rollout heavier = {.zone = "example.net",
                                     .hostname = "www.example.net",
                                     .scan_id = "scan-0",
                                     .rollout = {.from = MODE_FLEXIBLE,
                                                 .to = MODE_FULL,
                                                 .state = ROLLOUT_WAITING,
                                                 .opened_s = story.run.now_s,
                                                 .ended_s = -1},
                                     .rule = RULE_FROZEN,
                                     .reason = "A freeze window was open.",
                                     .weight = 1000000,
                                     .power = -1};
    need(store_add_rollout(story.store, &heavier, &err), &err);
    story.policy.upgrades_per_day = 1;
    scan(&story, "a scan", SAFE);
    scan(&story, "a scan meanwhile", SAFE);
    story.run.now_s += DAY;
    start_due(&story, "a look a day later");
    end(&story);
}

static void what_is_stored_is_hidden(struct buf *out)
{
    struct err err = ERR_INIT;
    struct arena arena = {.head = NULL};
    struct scan_record record;
    struct scan_record shown;
    struct opt_out *list = opt_out_new(&err);
    sample_mixed(&record);
    assert_int_equal(opt_out_add(list, slice_of(record.hostnames[0].hostname), OPT_OUT_NEVER_EXPIRES, NULL, "", &err),
                     0);
    opt_out_finish(list);
    assert_int_equal(opt_out_masked(list, record.finished_s, &record, &arena, &shown), 0);
    buf_printf(out, "A hostname of a zone opts out after the scan\n    the zone: decision %s by %s. %s\n",
               decision_action_name(shown.decision.action), rule_name(shown.decision.rule), shown.decision.reason);
    buf_printf(out, "    the hostname: decision %s by %s. %s\n",
               decision_action_name(shown.hostnames[0].decision.action), rule_name(shown.hostnames[0].decision.rule),
               shown.hostnames[0].decision.reason);
    opt_out_free(list);
    arena_release(&arena);
    scan_record_release(&record);
}

/* What tests of merging look into in depth. */
static void another_database_knows_more(struct buf *out)
{
    const struct sentence_values none = {.count = 0};
    char reason[SENTENCE_BYTES];
    buf_printf(out, "\nA later rollout comes from another database\n    the open one: %s. %s\n",
               rule_name(RULE_SUPERSEDED), rule_sentence(RULE_SUPERSEDED, &none, reason));
}

static void the_stories_are_as_they_were(void **state)
{
    struct buf out = {.data = NULL};
    (void)state;
    buf_append_text(&out, "What becomes of a rollout, with the policy's defaults unless the title says otherwise\n\n");
    a_whole_life(&out);
    people_and_scans(&out);
    waiting(&out);
    the_heavier_one_goes_first(&out);
    what_is_stored_is_hidden(&out);
    another_database_knows_more(&out);
    golden_assert(golden_path, buf_text(&out));
    buf_release(&out);
}

static void append_file(struct buf *out, const char *path)
{
    struct buf text;
    struct err err = ERR_INIT;
    need(file_read(path, 1 << 20, &text, &err), &err);
    buf_append_text(out, buf_text(&text));
    buf_release(&text);
}

/* A frame around the sentence of another rule is told by its words. */
static const char *told_as(enum rule rule, char *text, size_t size)
{
    if (rule == RULE_KEPT_BACK) {
        return " is safe, but waits: ";
    }
    if (rule == RULE_IN_ROLLOUT) {
        return " is safe, and its rollout is ";
    }
    snprintf(text, size, " %s. ", rule_name(rule));
    return text;
}

static void every_rule_and_state_has_a_snapshot(void **state)
{
    static const char *const snapshots[] = {"tests/golden/recommend/origin.txt", "tests/golden/recommend/zone.txt",
                                            "tests/golden/recommend/rollout.txt",
                                            "tests/golden/recommend/rollout_start.txt", golden_path};
    struct buf told = {.data = NULL};
    size_t missing = 0;
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof snapshots / sizeof *snapshots; i++) {
        append_file(&told, snapshots[i]);
    }
    for (int rule = RULE_NONE + 1; rule < RULE_COUNT; rule++) {
        if (strstr(buf_text(&told), told_as((enum rule)rule, text, sizeof text)) == NULL) {
            fprintf(stderr, "no snapshot of rule %s\n", rule_name((enum rule)rule));
            missing++;
        }
    }
    for (int i = 0; i < ROLLOUT_STATE_COUNT; i++) {
        snprintf(text, sizeof text, ": %s, ", rollout_state_name((enum rollout_state)i));
        if (strstr(buf_text(&told), text) == NULL) {
            fprintf(stderr, "no snapshot of state %s\n", rollout_state_name((enum rollout_state)i));
            missing++;
        }
    }
    buf_release(&told);
    assert_int_equal(missing, 0);
}

/* In general, with its places: what a reader of the rules reads. */
static void every_sentence_is_as_it_was(void **state)
{
    struct buf out = {.data = NULL};
    (void)state;
    for (int rule = RULE_NONE + 1; rule < RULE_COUNT; rule++) {
        buf_printf(&out, "%s: %s\n", rule_name((enum rule)rule), rule_words((enum rule)rule));
    }
    golden_assert("tests/golden/recommend/sentences.txt", buf_text(&out));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stories_are_as_they_were),
        cmocka_unit_test(every_rule_and_state_has_a_snapshot),
        cmocka_unit_test(every_sentence_is_as_it_was),
    };
    return cmocka_run_group_tests_name("stories of rollouts", tests, NULL, NULL);
}
