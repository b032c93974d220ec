#include "scan/inventory_row.h"

#include "crawler/hostname.h"

#include <stdio.h>
#include <string.h>

static const char *const names[FIELD_COUNT] = {
    [FIELD_ZONE] = "zone",
    [FIELD_HOSTNAME] = "hostname",
    [FIELD_ADDRESS] = "address",
    [FIELD_HTTP_PORT] = "http_port",
    [FIELD_HTTPS_PORT] = "https_port",
    [FIELD_MODE] = "mode",
    [FIELD_SETTING] = "setting",
    [FIELD_CEILING] = "ceiling",
    [FIELD_ALWAYS_HTTPS] = "always_https",
    [FIELD_HOST_HEADER] = "host_header",
    [FIELD_SNI] = "sni",
    [FIELD_WEIGHT] = "weight",
};

enum inventory_field inventory_field_find(struct slice name)
{
    enum inventory_field field = FIELD_ZONE;
    while (field < FIELD_COUNT && !slice_equal(name, slice_of(names[field]))) {
        field = (enum inventory_field)(field + 1);
    }
    return field;
}

const char *inventory_field_name(enum inventory_field field)
{
    return names[field];
}

static const char *complain(struct inventory_row_texts *texts, enum inventory_field field, struct slice value,
                            const char *what)
{
    if (value.len > 100) {
        value.len = 100;
    }
    snprintf(texts->reason, sizeof texts->reason, "%s '%.*s': %s", names[field], SLICE_ARG(value), what);
    return texts->reason;
}

static const char *parse_name(struct inventory_row_texts *texts, enum inventory_field field, struct slice value,
                              char *name)
{
    enum hostname_fault fault = hostname_normalise(value, name);
    return fault == HOSTNAME_OK ? NULL : complain(texts, field, value, hostname_fault_text(fault));
}

static const char *parse_zone(struct inventory_row_texts *texts, struct slice value)
{
    if (value.len > 0 && slice_equal(value, slice_of(texts->zone_as_given))) {
        return NULL;
    }
    texts->zone_as_given[0] = '\0';
    const char *fault = parse_name(texts, FIELD_ZONE, value, texts->zone);
    if (fault != NULL) {
        return fault;
    }
    if (hostname_is_public_suffix(slice_of(texts->zone))) {
        return complain(texts, FIELD_ZONE, value, "it is a public suffix, under which anybody may register");
    }
    if (value.len < sizeof texts->zone_as_given) {
        memcpy(texts->zone_as_given, value.ptr, value.len);
        texts->zone_as_given[value.len] = '\0';
    }
    return NULL;
}

static const char *parse_names(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                               struct fleet_row *row)
{
    const char *fault = parse_zone(texts, fields->value[FIELD_ZONE]);
    if (fault == NULL) {
        fault = parse_name(texts, FIELD_HOSTNAME, fields->value[FIELD_HOSTNAME], texts->hostname);
    }
    if (fault != NULL) {
        return fault;
    }
    row->zone = texts->zone;
    row->hostname = texts->hostname;
    if (!hostname_in_zone(slice_of(row->hostname), slice_of(row->zone))) {
        snprintf(texts->reason, sizeof texts->reason, "hostname %.200s does not lie in the zone %.200s", row->hostname,
                 row->zone);
        return texts->reason;
    }
    return NULL;
}

static const char *parse_override(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                                  enum inventory_field field, char *name, const char **result)
{
    if (fields->value[field].len == 0) {
        return NULL;
    }
    const char *fault = parse_name(texts, field, fields->value[field], name);
    *result = strcmp(name, texts->hostname) == 0 ? NULL : name;
    return fault;
}

static const char *parse_address(struct inventory_row_texts *texts, struct slice value, struct fleet_row *row)
{
    struct address address;
    row->address = texts->address;
    if (value.len == 0) {
        return "address is missing";
    }
    if (address_parse(value, &address) == 0) {
        row->literal = address;
        address_format(&address, texts->address);
        return NULL;
    }
    if (slice_find_byte(value, ':') < value.len) {
        return complain(texts, FIELD_ADDRESS, value,
                        value.ptr[0] == '[' || slice_find_byte(value, '.') < value.len
                            ? "no address; ports stand in the columns http_port and https_port"
                            : "no IPv6 address");
    }
    return parse_name(texts, FIELD_ADDRESS, value, texts->address);
}

/* Digits alone. */
static int parse_number(struct slice value, uint64_t max, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint64_t digit = (uint64_t)(value.ptr[i] - '0');
        if (!ascii_is_digit(value.ptr[i]) || *number > (max - digit) / 10) {
            return -1;
        }
        *number = *number * 10 + digit;
    }
    return value.len > 0 ? 0 : -1;
}

static const char *parse_port(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                              enum inventory_field field, uint16_t initial, uint16_t *port)
{
    uint64_t number = initial;
    struct slice value = fields->value[field];
    if (value.len > 0 && (parse_number(value, UINT16_MAX, &number) != 0 || number == 0)) {
        return complain(texts, field, value, "a port is a number from 1 to 65535");
    }
    *port = (uint16_t)number;
    return NULL;
}

static const char *parse_mode(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                              enum inventory_field field, enum mode initial, enum mode *mode)
{
    struct slice value = fields->value[field];
    *mode = initial;
    if (value.len > 0 && mode_parse(value, mode) != 0) {
        return complain(texts, field, value, "a mode is off, flexible, full, full_strict or strict");
    }
    return NULL;
}

static const char *parse_bool(struct inventory_row_texts *texts, struct slice value, bool *result)
{
    *result = slice_equal_nocase(value, SLICE("true")) || slice_equal(value, SLICE("1"));
    if (*result || value.len == 0 || slice_equal_nocase(value, SLICE("false")) || slice_equal(value, SLICE("0"))) {
        return NULL;
    }
    return complain(texts, FIELD_ALWAYS_HTTPS, value, "it is true or false");
}

static const char *parse_settings(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                                  struct fleet_row *row)
{
    struct slice setting = fields->value[FIELD_SETTING];
    struct slice weight = fields->value[FIELD_WEIGHT];
    const char *fault = parse_mode(fields, texts, FIELD_MODE, MODE_FLEXIBLE, &row->mode);
    if (fault == NULL) {
        fault = parse_mode(fields, texts, FIELD_CEILING, MODE_FULL_STRICT, &row->ceiling);
    }
    if (fault == NULL) {
        fault = parse_bool(texts, fields->value[FIELD_ALWAYS_HTTPS], &row->always_https);
    }
    if (fault != NULL) {
        return fault;
    }
    row->setting = SETTING_AUTO;
    if (setting.len > 0 && setting_parse(setting, &row->setting) != 0) {
        return complain(texts, FIELD_SETTING, setting, "a setting is auto or custom");
    }
    if (weight.len > 0 && parse_number(weight, FLEET_WEIGHT_MAX, &row->weight) != 0) {
        return complain(texts, FIELD_WEIGHT, weight, "the weight is a whole number of requests a day, up to 10^12");
    }
    return NULL;
}

const char *inventory_row_parse(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                                struct fleet_row *row, bool *listed_only)
{
    *row = (struct fleet_row){.line = row->line};
    *listed_only = false;
    const char *fault = parse_names(fields, texts, row);
    if (fault == NULL) {
        fault = parse_override(fields, texts, FIELD_HOST_HEADER, texts->host_header, &row->host_header);
    }
    if (fault == NULL) {
        fault = parse_override(fields, texts, FIELD_SNI, texts->sni, &row->sni);
    }
    if (fault == NULL) {
        fault = parse_port(fields, texts, FIELD_HTTP_PORT, INVENTORY_DEFAULT_HTTP_PORT, &row->http_port);
    }
    if (fault == NULL) {
        fault = parse_port(fields, texts, FIELD_HTTPS_PORT, INVENTORY_DEFAULT_HTTPS_PORT, &row->https_port);
    }
    if (fault == NULL) {
        fault = parse_settings(fields, texts, row);
    }
    if (fault == NULL) {
        fault = parse_address(texts, fields->value[FIELD_ADDRESS], row);
        *listed_only = fault != NULL && fields->value[FIELD_ADDRESS].len == 0;
    }
    return fault;
}
