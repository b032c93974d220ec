/* Many zones as one HTML file that needs nothing else. The page's script counts, draws and sorts; here the data is
 * written, as text between script tags that are not run: a line of JSON with the summary of each zone, and behind it a
 * line with the evidence, which the script reads when somebody asks for it. */
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "reports/html_page.h"
#include "reports/ladder.h"
#include "reports/phrases.h"
#include "reports/remedy.h"
#include "reports/summary.h"
#include "reports/writers.h"

#include <string.h>

/* JSON between script tags: no "<" may stand in it, or a text could end the element. In JSON it only stands in strings.
 */
static void append_between_tags(struct buf *out, struct slice json)
{
    while (json.len > 0) {
        size_t at = slice_find_byte(json, '<');
        buf_append(out, json.ptr, at);
        buf_append_text(out, at < json.len ? "\\u003c" : "");
        json = slice_from(json, at + 1);
    }
}

/* Visible before it is JSON: what a browser shows has neither control characters nor ones that turn the text. */
static void put_visible(struct json_writer *json, const char *text)
{
    struct buf visible;
    if (text == NULL) {
        json_null(json);
        return;
    }
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    json_string(json, buf_slice(&visible));
    buf_release(&visible);
}

static void put_key_visible(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, key);
    put_visible(json, text);
}

static void put_phrase(struct json_writer *json, const char *key, struct buf *phrase)
{
    put_key_visible(json, key, buf_text(phrase));
    buf_reset(phrase);
}

static void put_code_numbers(struct json_writer *json, struct code_set codes)
{
    json_array_open(json);
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (codes.has[code]) {
            json_int(json, code);
        }
    }
    json_array_close(json);
}

static void put_addresses(struct json_writer *json, const struct hostname_record *hostname)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        buf_append_text(&text, i == 0 ? "" : " ");
        buf_append_text(&text, hostname->origins[i].address);
    }
    put_visible(json, buf_text(&text));
    buf_release(&text);
}

/* null, or where the open rollout stands. */
static void put_rollout(struct json_writer *json, const struct hostname_record *hostname)
{
    const struct rollout_summary *rollout = hostname->rollout;
    if (!summary_rollout_is_open(hostname)) {
        json_null(json);
        return;
    }
    json_array_open(json);
    json_text(json, rollout_state_name(rollout->state));
    json_int(json, rollout->from);
    json_int(json, rollout->to);
    json_int(json, rollout->percent);
    json_array_close(json);
}

/* In the order of FIELDS in script.js. */
static void put_hostname_summary(struct json_writer *json, const struct hostname_record *hostname)
{
    json_array_open(json);
    put_visible(json, hostname->hostname);
    json_text(json, scan_status_name(hostname->status));
    json_int(json, hostname->incomplete_reason);
    json_int(json, hostname->current_mode);
    json_int(json, hostname->recommended_mode);
    json_text(json, decision_action_name(hostname->decision.action));
    json_int(json, hostname->decision.percent);
    put_code_numbers(json, summary_blockers(hostname));
    put_code_numbers(json, summary_warnings(hostname));
    json_int(json, summary_not_after(hostname));
    json_int(json, hostname->confidence.pairs);
    put_addresses(json, hostname);
    put_rollout(json, hostname);
    json_array_close(json);
}

static void write_summary(struct json_writer *json, const struct scan_record *record)
{
    json_array_open(json);
    put_visible(json, record->zone);
    json_int(json, record->finished_s);
    json_array_open(json);
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname_summary(json, &record->hostnames[i]);
    }
    json_array_close(json);
    json_array_close(json);
}

/* What lifts it there; null where that is what the table of codes says. */
static void put_remedy(struct json_writer *json, const struct origin_record *origin, enum code code, const char *url)
{
    struct buf remedy;
    buf_init(&remedy, 0);
    remedy_append(&remedy, origin, code, url);
    put_visible(json, strcmp(buf_text(&remedy), code_remedy(code)) == 0 ? NULL : buf_text(&remedy));
    buf_release(&remedy);
}

static void put_blocker(struct json_writer *json, const struct origin_record *origin, const struct blocker *blocker)
{
    json_array_open(json);
    json_int(json, blocker->code);
    json_int(json, blocker->rules_out);
    put_visible(json, blocker->url);
    put_visible(json, blocker->detail);
    json_int(json, blocker->first_seen_s);
    put_remedy(json, origin, blocker->code, blocker->url);
    json_array_close(json);
}

static void put_warning(struct json_writer *json, const struct origin_record *origin, const struct warning *warning)
{
    json_array_open(json);
    json_int(json, warning->code);
    put_visible(json, warning->url);
    put_visible(json, warning->detail);
    put_remedy(json, origin, warning->code, warning->url);
    json_array_close(json);
}

static void put_findings(struct json_writer *json, const struct origin_record *origin)
{
    json_key(json, "blockers");
    json_array_open(json);
    for (size_t i = 0; i < origin->blocker_count; i++) {
        put_blocker(json, origin, &origin->blockers[i]);
    }
    json_array_close(json);
    json_key(json, "warnings");
    json_array_open(json);
    for (size_t i = 0; i < origin->warning_count; i++) {
        put_warning(json, origin, &origin->warnings[i]);
    }
    json_array_close(json);
    json_key(json, "incomplete");
    json_array_open(json);
    json_int(json, origin->incomplete_reason);
    put_visible(json, origin->incomplete_detail);
    put_remedy(json, origin, origin->incomplete_reason, NULL);
    json_array_close(json);
}

static void put_origin(struct json_writer *json, const struct origin_record *origin, int64_t now_s)
{
    struct buf phrase;
    buf_init(&phrase, 0);
    json_object_open(json);
    put_key_visible(json, "address", origin->address);
    json_key_int(json, "http_port", origin->http_port);
    json_key_int(json, "https_port", origin->https_port);
    put_findings(json, origin);
    if (origin->certificate.seen) {
        phrase_certificate(&phrase, &origin->certificate, now_s);
    }
    put_phrase(json, "certificate", &phrase);
    if (origin->tls.seen) {
        phrase_tls(&phrase, &origin->tls);
        struct buf reach;
        buf_init(&reach, 0);
        phrase_tls_reach(&reach, &origin->tls);
        buf_printf(&phrase, "%s%s", reach.len > 0 ? "; " : "", buf_text(&reach));
        buf_release(&reach);
    }
    put_phrase(json, "tls", &phrase);
    if (pair_counts_compared(&origin->pairs) > 0) {
        phrase_pairs(&phrase, &origin->pairs);
    }
    put_phrase(json, "pairs", &phrase);
    json_object_close(json);
    buf_release(&phrase);
}

static void put_hostname(struct json_writer *json, const struct hostname_record *hostname, int64_t now_s)
{
    struct ladder ladder = ladder_of(hostname);
    struct buf phrase;
    buf_init(&phrase, 0);
    json_object_open(json);
    put_key_visible(json, "reason", hostname->decision.reason);
    phrase_confidence(&phrase, &hostname->confidence, hostname->decision.action);
    put_phrase(json, "confidence", &phrase);
    json_key(json, "ladder");
    json_array_open(json);
    for (int mode = 0; mode < MODE_COUNT; mode++) {
        json_text(json, rung_state_name(ladder.states[mode]));
    }
    json_array_close(json);
    json_key(json, "origins");
    json_array_open(json);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        put_origin(json, &hostname->origins[i], now_s);
    }
    json_array_close(json);
    json_object_close(json);
    buf_release(&phrase);
}

static void write_evidence(struct json_writer *json, const struct scan_record *record, int64_t now_s)
{
    json_object_open(json);
    json_key(json, "hostnames");
    json_array_open(json);
    for (size_t i = 0; i < record->hostname_count; i++) {
        put_hostname(json, &record->hostnames[i], now_s);
    }
    json_array_close(json);
    json_object_close(json);
}

static void put_code_table(struct json_writer *json)
{
    json_key(json, "codes");
    json_array_open(json);
    for (int code = CODE_NONE; code < CODE_COUNT; code++) {
        json_object_open(json);
        json_key_text(json, "name", code_name((enum code)code));
        json_key_text(json, "sentence", code_sentence((enum code)code));
        json_key_text(json, "sees", code_visitor_sees((enum code)code));
        json_key_text(json, "remedy", code_remedy((enum code)code));
        json_object_close(json);
    }
    json_array_close(json);
}

static void put_name_tables(struct json_writer *json)
{
    json_key(json, "modes");
    json_array_open(json);
    for (int mode = 0; mode < MODE_COUNT; mode++) {
        json_text(json, mode_name((enum mode)mode));
    }
    json_array_close(json);
    json_key(json, "states");
    json_object_open(json);
    for (int state = RUNG_TODAY; state <= RUNG_NOT_ASKED; state++) {
        json_key_text(json, rung_state_name((enum rung_state)state), rung_state_phrase((enum rung_state)state));
    }
    json_object_close(json);
    json_key(json, "lifetimes");
    json_array_open(json);
    for (int lifetime = 0; lifetime < LIFETIME_COUNT; lifetime++) {
        json_text(json, lifetime_name((enum lifetime)lifetime));
    }
    json_array_close(json);
    json_key(json, "lifetime_days");
    json_array_open(json);
    for (int lifetime = 0; lifetime < LIFETIME_LONGER; lifetime++) {
        json_int(json, lifetime_days((enum lifetime)lifetime));
    }
    json_array_close(json);
}

void list_html_begin(struct report_list *list)
{
    struct json_writer json;
    struct buf tables;
    buf_init(&tables, 0);
    json_init(&json, &tables, false);
    json_object_open(&json);
    json_key_int(&json, "now", list->context.now_s);
    put_key_visible(&json, "scope", list->context.scope);
    put_name_tables(&json);
    put_code_table(&json);
    json_object_close(&json);
    buf_append_text(list->out, html_head);
    buf_append_text(list->out, html_body);
    buf_append_text(list->out, "<script type=\"application/json\" id=\"tables\">");
    append_between_tags(list->out, buf_slice(&tables));
    buf_append_text(list->out, "</script>\n<script type=\"text/plain\" id=\"zones\">\n");
    buf_release(&tables);
}

/* A browser bears only so much: behind that, zones are counted and not told. */
static bool page_is_full(const struct report_list *list)
{
    uint64_t most = list->context.page_hostnames;
    return list->page_hostnames >= (most > 0 ? most : LIMIT_PAGE_HOSTNAMES) || list->page_bytes >= LIMIT_PAGE_BYTES;
}

void list_html_add(struct report_list *list, const struct scan_record *record)
{
    struct json_writer json;
    struct buf lines;
    if (page_is_full(list)) {
        return;
    }
    buf_init(&lines, 0);
    json_init(&json, &lines, false);
    write_summary(&json, record);
    buf_append_byte(&lines, '\n');
    json_init(&json, &lines, false);
    write_evidence(&json, record, list->context.now_s);
    buf_append_byte(&lines, '\n');
    append_between_tags(list->out, buf_slice(&lines));
    list->page_hostnames += record->hostname_count;
    list->page_bytes += lines.len;
    list->out->failed |= lines.failed;
    buf_release(&lines);
}

/* [[code, hostnames]]: blockers, and reasons why there is no verdict, the most frequent first. */
static void put_obstacles(struct json_writer *json, const struct report_totals *totals)
{
    struct obstacle_count counts[CODE_COUNT];
    size_t count = summary_obstacle_counts(totals, counts);
    json_key(json, "obstacles");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        json_array_open(json);
        json_int(json, counts[i].code);
        json_uint(json, counts[i].hostnames);
        json_array_close(json);
    }
    json_array_close(json);
}

/* [[today, recommended, hostnames]], the strongest first; -1 where there is no mode. */
static void put_flows(struct json_writer *json, const struct report_totals *totals)
{
    json_key(json, "flows");
    json_array_open(json);
    for (int from = MODE_COUNT; from >= 0; from--) {
        for (int to = MODE_COUNT; to >= 0; to--) {
            if (totals->modes[from][to] > 0) {
                json_array_open(json);
                json_int(json, from - 1);
                json_int(json, to - 1);
                json_uint(json, totals->modes[from][to]);
                json_array_close(json);
            }
        }
    }
    json_array_close(json);
}

static void put_lifetimes(struct json_writer *json, const struct report_totals *totals)
{
    json_key(json, "lifetimes");
    json_array_open(json);
    for (int lifetime = 0; lifetime < LIFETIME_COUNT; lifetime++) {
        json_uint(json, totals->certificates[lifetime]);
    }
    json_array_close(json);
}

static void put_decisions(struct json_writer *json, const struct report_totals *totals)
{
    json_key(json, "decisions");
    json_object_open(json);
    json_key_int(json, "upgrade", (int64_t)totals->upgrade);
    json_key_int(json, "hold", (int64_t)totals->hold);
    json_key_int(json, "none", (int64_t)totals->none);
    json_key_int(json, "no_verdict", (int64_t)totals->no_verdict);
    json_object_close(json);
}

/* Of all zones, also of those that the table does not hold. */
static void write_totals(struct json_writer *json, const struct report_totals *totals)
{
    json_object_open(json);
    json_key_int(json, "zones", (int64_t)totals->zones);
    json_key_int(json, "hostnames", (int64_t)totals->hostnames);
    json_key_int(json, "stronger", (int64_t)totals->stronger);
    json_key_int(json, "broken", (int64_t)totals->by_warning[CODE_CURRENT_MODE_BROKEN]);
    json_key_int(json, "rollouts", (int64_t)totals->rollouts);
    put_decisions(json, totals);
    put_obstacles(json, totals);
    put_lifetimes(json, totals);
    put_flows(json, totals);
    json_object_close(json);
}

void list_html_end(struct report_list *list)
{
    struct json_writer json;
    buf_append_text(list->out, "</script>\n<script type=\"application/json\" id=\"totals\">");
    json_init(&json, list->out, false);
    write_totals(&json, &list->totals);
    buf_append_text(list->out, "</script>\n<script>");
    buf_append_text(list->out, html_script);
    buf_append_text(list->out, "</script>\n</body>\n</html>\n");
}
