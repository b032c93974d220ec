#include "reports/report.h"

#include "reports/writers.h"

#include <string.h>

static const struct report_writer writers[] = {
    {"text", scan_text_write, explain_text_write, list_text_begin, list_text_add, list_text_end},
    {"json", scan_json_write, explain_json_write, list_json_begin, list_json_add, list_json_end},
    {"ndjson", scan_ndjson_write, explain_ndjson_write, list_ndjson_begin, list_ndjson_add, list_ndjson_end},
};
#define WRITER_COUNT (sizeof writers / sizeof *writers)

const struct report_writer *report_writer_at(size_t index)
{
    return index < WRITER_COUNT ? &writers[index] : NULL;
}

const struct report_writer *report_writer_find(const char *name)
{
    for (size_t i = 0; i < WRITER_COUNT; i++) {
        if (strcmp(writers[i].name, name) == 0) {
            return &writers[i];
        }
    }
    return NULL;
}

/* A hostname counts once for a code, however many of its origins and URLs show it. */
static void count_blockers(struct report_totals *totals, const struct hostname_record *hostname)
{
    bool seen[CODE_COUNT] = {false};
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->blocker_count; k++) {
            seen[origin->blockers[k].code] = true;
        }
    }
    for (int code = 0; code < CODE_COUNT; code++) {
        totals->by_blocker[code] += seen[code];
    }
}

static void count_hostname(struct report_totals *totals, const struct hostname_record *hostname)
{
    totals->hostnames++;
    totals->stronger += hostname->recommended_mode > hostname->current_mode;
    count_blockers(totals, hostname);
    if (hostname->status != STATUS_COMPLETE) {
        totals->no_verdict++;
        return;
    }
    switch (hostname->decision.action) {
    case ACTION_UPGRADE:
        totals->upgrade++;
        break;
    case ACTION_HOLD:
        totals->hold++;
        break;
    case ACTION_NONE:
        totals->none++;
        break;
    }
}

void report_list_begin(struct report_list *list, const struct report_writer *writer, const struct report_style *style,
                       struct buf *out)
{
    *list = (struct report_list){.writer = writer, .style = *style, .out = out};
    writer->list_begin(list);
}

void report_list_add(struct report_list *list, const struct scan_record *record)
{
    list->totals.zones++;
    for (size_t i = 0; i < record->hostname_count; i++) {
        count_hostname(&list->totals, &record->hostnames[i]);
    }
    list->writer->list_add(list, record);
}

void report_list_end(struct report_list *list)
{
    list->writer->list_end(list);
}
