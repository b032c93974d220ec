/* Zones, hostnames and origins by name: found, or added. */
#include "db/row.h"

static int64_t added_id(struct row_writer *row)
{
    return row_write(row) == 0 ? sqlite3_last_insert_rowid(row->store->db) : -1;
}

int64_t store_zone_id(struct store *store, const char *name, struct err *err)
{
    int64_t id = -1;
    struct row_writer row;
    row_writer_init(&row, store, FIND_ZONE, err);
    row_put_text(&row, name);
    int found = row_find(&row, &id);
    if (found != 0) {
        return found < 0 ? -1 : id;
    }
    row_writer_init(&row, store, ADD_ZONE, err);
    row_put_text(&row, name);
    return added_id(&row);
}

static void put_hostname(struct row_writer *row, int64_t zone, const char *name)
{
    row_put_int(row, zone);
    row_put_text(row, name);
}

int64_t store_hostname_id(struct store *store, int64_t zone, const char *name, struct err *err)
{
    int64_t id = -1;
    struct row_writer row;
    row_writer_init(&row, store, FIND_HOSTNAME, err);
    put_hostname(&row, zone, name);
    int found = row_find(&row, &id);
    if (found != 0) {
        return found < 0 ? -1 : id;
    }
    row_writer_init(&row, store, ADD_HOSTNAME, err);
    put_hostname(&row, zone, name);
    return added_id(&row);
}

static void put_origin(struct row_writer *row, const char *address, uint16_t http_port, uint16_t https_port)
{
    row_put_text(row, address);
    row_put_int(row, http_port);
    row_put_int(row, https_port);
}

int64_t store_origin_id(struct store *store, const char *address, uint16_t http_port, uint16_t https_port,
                        struct err *err)
{
    int64_t id = -1;
    struct row_writer row;
    row_writer_init(&row, store, FIND_ORIGIN, err);
    put_origin(&row, address, http_port, https_port);
    int found = row_find(&row, &id);
    if (found != 0) {
        return found < 0 ? -1 : id;
    }
    row_writer_init(&row, store, ADD_ORIGIN, err);
    put_origin(&row, address, http_port, https_port);
    return added_id(&row);
}
