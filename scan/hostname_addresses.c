#include "scan/opt_out.h"
#include "scan/zone_state.h"

static bool is_edge(const struct scan_options *options, const struct address *address)
{
    for (size_t i = 0; i < options->edge_range_count; i++) {
        if (address_in_range(address, &options->edge_ranges[i])) {
            return true;
        }
    }
    return false;
}

static bool family_fits(enum address_family_choice choice, const struct address *address)
{
    return choice == FAMILY_ANY || (choice == FAMILY_4) == (address->family == 4);
}

static bool has_origin(const struct scan_hostname *host, const struct address *address, uint16_t http_port,
                       uint16_t https_port)
{
    for (size_t i = 0; i < host->origin_count; i++) {
        const struct scan_origin *other = &host->origins[i];
        if (address_equal(&other->address, address) && other->http_port == http_port &&
            other->https_port == https_port) {
            return true;
        }
    }
    return false;
}

static void add_origin(struct scan_hostname *host, const struct inventory_origin *from, const struct address *address)
{
    struct zone_scan *scan = host->scan;
    const struct scan_options *options = scan->options;
    if (host->origin_count == LIMIT_HOSTNAME_ORIGINS || !family_fits(options->family, address) ||
        is_edge(options, address) || has_origin(host, address, from->http_port, from->https_port)) {
        return;
    }
    char text[ADDRESS_TEXT_BYTES];
    struct scan_origin *origin = &host->origins[host->origin_count++];
    *origin = (struct scan_origin){
        .host = host,
        .address = *address,
        .address_text = arena_text(&scan->arena, address_format(address, text)),
        .http_port = from->http_port,
        .https_port = from->https_port,
        .source = from->source,
        .confirm_at = 3,
    };
    noise_memory_init(&origin->noise);
    tls_record_init(&origin->tls);
    origin->opted_out = opt_out_match_address(options->opt_out, address, scan->started_s, NULL);
}

/* An awaited name of an origin. */
struct resolving {
    struct scan_hostname *host;
    const struct inventory_origin *origin;
};

/* What an operator can do something about; NULL: there are addresses. */
static const char *resolve_fault(enum resolve_outcome outcome)
{
    switch (outcome) {
    case RESOLVE_FOUND:
        return NULL;
    case RESOLVE_REFUSED:
        return "leads to private or special-purpose addresses alone; where that is meant, give the address itself";
    case RESOLVE_NO_NAME:
        return "does not exist, or has no address of the wanted family";
    case RESOLVE_TIMEOUT:
        return "was not resolved: no name server answered in time";
    case RESOLVE_FAILED:
        return "was not resolved: no name server gave a usable answer";
    }
    return NULL;
}

static void on_resolved(void *context, const struct resolve_result *result)
{
    struct resolving *resolving = context;
    struct scan_hostname *host = resolving->host;
    for (size_t i = 0; i < result->count; i++) {
        add_origin(host, resolving->origin, &result->addresses[i]);
    }
    const char *fault = resolve_fault(result->outcome);
    if (fault != NULL && host->stopped_detail == NULL) {
        host->stopped_detail =
            arena_printf(&host->scan->arena, "the origin's name %s %s", resolving->origin->address, fault);
    }
    host->name_exists = host->name_exists || result->outcome != RESOLVE_NO_NAME;
    if (--host->resolving == 0) {
        hostname_addresses_known(host);
    }
}

static void resolve_name(struct scan_hostname *host, const struct inventory_origin *origin)
{
    struct zone_scan *scan = host->scan;
    struct resolving *resolving = arena_alloc(&scan->arena, sizeof *resolving);
    if (resolving == NULL) {
        scan->out_of_memory = true;
        return;
    }
    *resolving = (struct resolving){host, origin};
    if (wishes_resolve(scan->wishes, origin->address, on_resolved, resolving) != 0) {
        scan->out_of_memory = true;
        return;
    }
    host->resolving++;
}

int hostname_find_addresses(struct scan_hostname *host)
{
    struct zone_scan *scan = host->scan;
    host->origins = arena_alloc(&scan->arena, LIMIT_HOSTNAME_ORIGINS * sizeof *host->origins);
    if (host->origins == NULL) {
        scan->out_of_memory = true;
        return -1;
    }
    for (size_t i = 0; i < host->inventory->origin_count; i++) {
        const struct inventory_origin *origin = &host->inventory->origins[i];
        struct address address;
        if (origin->is_name) {
            resolve_name(host, origin);
        } else if (address_parse(slice_of(origin->address), &address) == 0) {
            add_origin(host, origin, &address);
        }
    }
    return 0;
}
