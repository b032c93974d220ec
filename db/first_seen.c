/* A blocker is as old as its first sighting: carried over from the scans before. */
#include "base/limits.h"
#include "db/row.h"

/* Evidence of the same hostname and origin: the last complete one, and those without a verdict since. One that was
 * interrupted did not look everywhere, so it lifts nothing. */
struct earlier {
    int64_t evidence[LIMIT_EARLIER_EVIDENCE];
    size_t count;
};

static int find_earlier(struct store *store, const struct evidence_ids *ids, struct earlier *earlier, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, READ_EARLIER_EVIDENCE, err);
    row_put_int(&query, ids->hostname);
    row_put_int(&query, ids->origin);
    row_put_int(&query, ids->scan);
    struct row_reader row;
    row_reader_init(&row, &query, NULL);
    int result = 0;
    bool complete = false;
    while (!complete && earlier->count < LIMIT_EARLIER_EVIDENCE && (result = row_next(&row)) == 1) {
        earlier->evidence[earlier->count++] = row_take_int(&row);
        complete = row_take_status(&row) == STATUS_COMPLETE;
    }
    row_reader_release(&row);
    return result < 0 ? -1 : 0;
}

static int date_blocker(struct store *store, const struct earlier *earlier, struct blocker *blocker, struct err *err)
{
    for (size_t i = 0; i < earlier->count; i++) {
        struct row_writer row;
        row_writer_init(&row, store, FIND_FIRST_SEEN, err);
        row_put_int(&row, earlier->evidence[i]);
        row_put_code(&row, blocker->code);
        row_put_text(&row, blocker->url);
        int64_t first_seen_s = 0;
        int found = row_find(&row, &first_seen_s);
        if (found < 0) {
            return -1;
        }
        if (found == 1 && first_seen_s < blocker->first_seen_s) {
            blocker->first_seen_s = first_seen_s;
        }
    }
    return 0;
}

int store_date_blockers(struct store *store, const struct origin_record *origin, const struct evidence_ids *ids,
                        int64_t finished_s, struct err *err)
{
    struct earlier earlier = {.count = 0};
    int result = find_earlier(store, ids, &earlier, err);
    for (size_t i = 0; i < origin->blocker_count && result == 0; i++) {
        struct blocker *blocker = &origin->blockers[i];
        if (blocker->first_seen_s < 0) {
            blocker->first_seen_s = finished_s < 0 ? 0 : finished_s;
        }
        result = date_blocker(store, &earlier, blocker, err);
    }
    return result;
}
