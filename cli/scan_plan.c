#include "cli/scan_arguments.h"

#include "crawler/certificate.h"
#include "crawler/hostname.h"
#include "db/store.h"

#include <string.h>

const char *zone_normalise(const char *text, struct arena *arena, struct err *err)
{
    char name[HOSTNAME_BYTES];
    enum hostname_fault fault = hostname_normalise(slice_of(text), name);
    if (fault != HOSTNAME_OK) {
        err_set(err, ERR_USAGE, "zone '%s': %s", text, hostname_fault_text(fault));
        return NULL;
    }
    if (hostname_is_public_suffix(slice_of(name))) {
        err_set(err, ERR_USAGE, "zone '%s': it is a public suffix, under which anybody may register", text);
        return NULL;
    }
    const char *zone = arena_text(arena, name);
    if (zone == NULL) {
        err_memory(err);
    }
    return zone;
}

const char **zones_normalise(const struct option_list *texts, struct arena *arena, struct err *err)
{
    const char **names = arena_alloc(arena, (texts->count + 1) * sizeof *names);
    if (names == NULL) {
        err_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < texts->count; i++) {
        names[i] = zone_normalise(texts->items[i], arena, err);
        if (names[i] == NULL) {
            return NULL;
        }
    }
    return names;
}

/* Takes "HOST=VALUE" apart and normalises HOST into `name` of HOSTNAME_BYTES. */
static int split_host(const char *option, const char *text, const char *zone, char *name, struct slice *value,
                      struct err *err)
{
    struct slice whole = slice_of(text);
    size_t equals = slice_find_byte(whole, '=');
    if (equals == whole.len) {
        return err_set(err, ERR_USAGE, "option --%s: '%s' has no '=': write HOST=VALUE", option, text);
    }
    enum hostname_fault fault = hostname_normalise(slice_make(whole.ptr, equals), name);
    if (fault != HOSTNAME_OK) {
        return err_set(err, ERR_USAGE, "option --%s: hostname '%.*s': %s", option, (int)equals, text,
                       hostname_fault_text(fault));
    }
    if (!hostname_in_zone(slice_of(name), slice_of(zone))) {
        return err_set(err, ERR_USAGE, "option --%s: %s does not lie in the zone %s", option, name, zone);
    }
    *value = slice_from(whole, equals + 1);
    return 0;
}

static int too_much(const struct inventory_zone *plan, struct err *err)
{
    return err_set(err, ERR_USAGE, "zone %s: more than %d hostnames, or than %d origins of one", plan->zone,
                   LIMIT_ZONE_HOSTNAMES, LIMIT_HOSTNAME_ORIGINS);
}

static int add_given_origin(struct inventory_zone *plan, const char *text, struct err *err)
{
    char name[HOSTNAME_BYTES];
    char address[ADDRESS_OR_NAME_BYTES];
    struct slice value = SLICE_EMPTY;
    struct inventory_origin origin;
    if (split_host("origin", text, plan->zone, name, &value, err) != 0) {
        return -1;
    }
    const char *fault = origin_parse(value, &origin, address);
    if (fault != NULL) {
        return err_set(err, ERR_USAGE, "option --origin: '%s': %s; write HOST=ADDR[:HTTP_PORT[:HTTPS_PORT]]", text,
                       fault);
    }
    struct inventory_hostname *hostname = inventory_add_hostname(plan, name);
    return hostname != NULL && inventory_add_origin(plan, hostname, &origin) == 0 ? 0 : too_much(plan, err);
}

/* The addresses of a proxied name in public DNS may be the edge's; the engine knows what follows from SOURCE_DNS. */
static int add_resolved(struct inventory_zone *plan, const char *name, struct err *err)
{
    const struct inventory_origin origin = {
        .address = name,
        .is_name = true,
        .http_port = INVENTORY_DEFAULT_HTTP_PORT,
        .https_port = INVENTORY_DEFAULT_HTTPS_PORT,
        .source = SOURCE_DNS,
    };
    struct inventory_hostname *hostname = inventory_add_hostname(plan, name);
    if (hostname == NULL) {
        return too_much(plan, err);
    }
    return hostname->origin_count > 0 || inventory_add_origin(plan, hostname, &origin) == 0 ? 0 : too_much(plan, err);
}

static int add_resolved_zone(struct inventory_zone *plan, struct err *err)
{
    char www[HOSTNAME_BYTES + 4];
    char normal[HOSTNAME_BYTES];
    snprintf(www, sizeof www, "www.%s", plan->zone);
    if (add_resolved(plan, plan->zone, err) != 0) {
        return -1;
    }
    return hostname_normalise(slice_of(www), normal) == HOSTNAME_OK ? add_resolved(plan, normal, err) : 0;
}

static struct inventory_hostname *planned_host(const struct inventory_zone *plan, const char *option, const char *name,
                                               struct err *err)
{
    struct inventory_hostname *hostname = inventory_find(plan, name);
    if (hostname == NULL) {
        err_set(err, ERR_USAGE, "option --%s: no origin is known for %s", option, name);
    }
    return hostname;
}

/* --host-header and --sni: HOST=NAME. Returns the name, or NULL. */
static const char *parse_override(struct inventory_zone *plan, const char *option, const char *text,
                                  struct inventory_hostname **hostname, struct err *err)
{
    char name[HOSTNAME_BYTES];
    char other[HOSTNAME_BYTES];
    struct slice value = SLICE_EMPTY;
    if (split_host(option, text, plan->zone, name, &value, err) != 0) {
        return NULL;
    }
    *hostname = planned_host(plan, option, name, err);
    if (*hostname == NULL) {
        return NULL;
    }
    enum hostname_fault fault = hostname_normalise(value, other);
    if (fault != HOSTNAME_OK) {
        err_set(err, ERR_USAGE, "option --%s: '%.*s': %s", option, SLICE_ARG(value), hostname_fault_text(fault));
        return NULL;
    }
    const char *copy = arena_text(&plan->arena, other);
    if (copy == NULL) {
        err_memory(err);
    }
    return copy;
}

static int apply_overrides(const struct scan_arguments *arguments, struct inventory_zone *plan, struct err *err)
{
    struct inventory_hostname *hostname = NULL;
    for (size_t i = 0; i < arguments->host_headers.count; i++) {
        const char *name = parse_override(plan, "host-header", arguments->host_headers.items[i], &hostname, err);
        if (name == NULL) {
            return -1;
        }
        hostname->host_header = name;
    }
    for (size_t i = 0; i < arguments->snis.count; i++) {
        const char *name = parse_override(plan, "sni", arguments->snis.items[i], &hostname, err);
        if (name == NULL) {
            return -1;
        }
        hostname->sni = name;
    }
    return 0;
}

static void apply_settings(const struct scan_arguments *arguments, struct inventory_zone *plan)
{
    for (size_t i = 0; i < plan->hostname_count; i++) {
        struct inventory_hostname *hostname = &plan->hostnames[i];
        if (arguments->mode != MODE_NONE) {
            hostname->mode = (enum mode)arguments->mode;
        }
        if (arguments->ceiling != MODE_NONE) {
            hostname->ceiling = (enum mode)arguments->ceiling;
        }
        if (arguments->setting >= 0) {
            hostname->setting = (enum setting)arguments->setting;
        }
        hostname->always_https |= arguments->always_https;
    }
}

static int begin_plan(const char *zone, struct inventory_zone *plan, struct err *err)
{
    *plan = (struct inventory_zone){.zone = NULL};
    plan->zone = arena_text(&plan->arena, zone);
    return plan->zone != NULL ? 0 : err_memory(err);
}

static int add_origins(const struct scan_arguments *arguments, const char *zone, struct store *store,
                       struct inventory_zone *plan, struct err *err)
{
    int known = arguments->origins.count == 0 && store != NULL ? store_read_inventory(store, zone, plan, err) : 0;
    if (known != 0) {
        return known < 0 ? -1 : 0;
    }
    if (begin_plan(zone, plan, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < arguments->origins.count; i++) {
        if (add_given_origin(plan, arguments->origins.items[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int scan_plan_build(const struct scan_arguments *arguments, const char *zone, struct store *store,
                    struct inventory_zone *plan, struct err *err)
{
    *plan = (struct inventory_zone){.zone = NULL};
    if (add_origins(arguments, zone, store, plan, err) != 0) {
        return -1;
    }
    if (arguments->resolve && add_resolved_zone(plan, err) != 0) {
        return -1;
    }
    if (plan->hostname_count == 0) {
        return err_set(err, ERR_USAGE,
                       "no origin is known for %s; give --origin HOST=ADDR[:HTTP_PORT[:HTTPS_PORT]], or --resolve",
                       zone);
    }
    apply_settings(arguments, plan);
    return apply_overrides(arguments, plan, err);
}

int scan_plan_pins(const struct scan_arguments *arguments, const struct inventory_zone *plan, struct arena *arena,
                   struct scan_options *options, struct err *err)
{
    char name[HOSTNAME_BYTES];
    struct slice value = SLICE_EMPTY;
    struct scan_pin *pins = arena_alloc(arena, (arguments->pins.count + 1) * sizeof *pins);
    if (pins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < arguments->pins.count; i++) {
        struct certificate_pin pin;
        if (split_host("pin", arguments->pins.items[i], plan->zone, name, &value, err) != 0) {
            return -1;
        }
        const struct inventory_hostname *hostname = planned_host(plan, "pin", name, err);
        if (hostname == NULL) {
            return -1;
        }
        if (certificate_pin_parse(value, &pin) != 0) {
            return err_set(err, ERR_USAGE, "option --pin: '%.*s' is not sha256/ and the base64 of 32 bytes",
                           SLICE_ARG(value));
        }
        pins[i].hostname = hostname->hostname;
        memcpy(pins[i].spki_sha256, pin.sha256, sizeof pins[i].spki_sha256);
    }
    options->pins = pins;
    options->pin_count = arguments->pins.count;
    return 0;
}
