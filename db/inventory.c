#include "db/row.h"

#include <string.h>

static int put_origins(struct store *store, int64_t hostname, const struct inventory_hostname *entry, struct err *err)
{
    for (size_t i = 0; i < entry->origin_count; i++) {
        const struct inventory_origin *origin = &entry->origins[i];
        int64_t id = store_origin_id(store, origin->address, origin->http_port, origin->https_port, err);
        if (id < 0) {
            return -1;
        }
        struct row_writer row;
        row_writer_init(&row, store, ADD_INVENTORY_ORIGIN, err);
        row_put_int(&row, hostname);
        row_put_int(&row, (int64_t)i);
        row_put_int(&row, id);
        row_put_int(&row, origin->is_name);
        row_put_text(&row, origin_source_name(origin->source));
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_hostname(struct store *store, int64_t zone, size_t position, const struct inventory_hostname *entry,
                        struct err *err)
{
    int64_t hostname = store_hostname_id(store, zone, entry->hostname, err);
    if (hostname < 0) {
        return -1;
    }
    struct row_writer row;
    row_writer_init(&row, store, ADD_INVENTORY, err);
    row_put_int(&row, hostname);
    row_put_int(&row, (int64_t)position);
    row_put_mode(&row, entry->mode);
    row_put_mode(&row, entry->ceiling);
    row_put_text(&row, setting_name(entry->setting));
    row_put_int(&row, entry->always_https);
    row_put_text(&row, entry->host_header);
    row_put_text(&row, entry->sni);
    row_put_int(&row, entry->weight > INT64_MAX ? INT64_MAX : (int64_t)entry->weight);
    return row_write(&row) == 0 ? put_origins(store, hostname, entry, err) : -1;
}

int store_put_inventory(struct store *store, const struct inventory_zone *inventory, struct err *err)
{
    int64_t zone = store_zone_id(store, inventory->zone, err);
    if (zone < 0) {
        return -1;
    }
    struct row_writer row;
    row_writer_init(&row, store, CLEAR_INVENTORY, err);
    row_put_int(&row, zone);
    int result = row_write(&row);
    for (size_t i = 0; i < inventory->hostname_count && result == 0; i++) {
        result = put_hostname(store, zone, i, &inventory->hostnames[i], err);
    }
    return result;
}

int store_write_inventory(struct store *store, const struct inventory_zone *inventory, struct err *err)
{
    int result = store_begin_write(store, err);
    if (result == 0) {
        result = store_end(store, store_put_inventory(store, inventory, err), err);
    }
    return result == 0 ? 0 : err_prefix(err, "keeping the inventory of %s", inventory->zone);
}

static int read_origins(struct store *store, int64_t id, struct inventory_zone *inventory,
                        struct inventory_hostname *hostname, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, READ_INVENTORY_ORIGINS, err);
    row_put_int(&query, id);
    struct row_reader row;
    row_reader_init(&row, &query, &inventory->arena);
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        struct inventory_origin origin = {0};
        origin.address = row_take_text_always(&row);
        origin.is_name = row_take_bool(&row);
        origin.http_port = (uint16_t)row_take_count(&row, UINT16_MAX);
        origin.https_port = (uint16_t)row_take_count(&row, UINT16_MAX);
        origin.source = row_take_source(&row);
        if (inventory_add_origin(inventory, hostname, &origin) != 0) {
            result = store_fail_damaged(store, "a hostname with too many origins", err);
            break;
        }
    }
    row_reader_release(&row);
    return result;
}

static int take_hostname(struct store *store, struct row_reader *row, struct inventory_zone *inventory, struct err *err)
{
    int64_t id = row_take_int(row);
    struct inventory_hostname *hostname = inventory_add_hostname(inventory, row_take_text_always(row));
    if (hostname == NULL) {
        return store_fail_damaged(store, "a zone with too many hostnames", err);
    }
    hostname->mode = row_take_mode(row);
    hostname->ceiling = row_take_mode(row);
    hostname->setting = row_take_setting(row);
    hostname->always_https = row_take_bool(row);
    hostname->host_header = row_take_text(row);
    hostname->sni = row_take_text(row);
    hostname->weight = (uint64_t)row_take_int(row);
    return read_origins(store, id, inventory, hostname, err);
}

static int read_hostnames(struct store *store, const char *zone, struct inventory_zone *inventory, struct err *err)
{
    inventory->zone = arena_text(&inventory->arena, zone);
    if (inventory->zone == NULL) {
        return err_memory(err);
    }
    struct row_writer query;
    row_writer_init(&query, store, READ_INVENTORY, err);
    row_put_text(&query, zone);
    struct row_reader row;
    row_reader_init(&row, &query, &inventory->arena);
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        if (take_hostname(store, &row, inventory, err) != 0) {
            result = -1;
            break;
        }
    }
    row_reader_release(&row);
    return result == 0 && inventory->hostname_count > 0 ? 1 : result;
}

int store_read_inventory(struct store *store, const char *zone, struct inventory_zone *inventory, struct err *err)
{
    memset(inventory, 0, sizeof *inventory);
    int result = store_begin_read(store, err);
    if (result == 0) {
        result = store_end(store, read_hostnames(store, zone, inventory, err), err);
    }
    if (result != 1) {
        inventory_zone_release(inventory);
    }
    return result < 0 ? err_prefix(err, "reading the inventory of %s", zone) : result;
}
