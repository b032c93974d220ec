/* What an origin's TLS can do beside fetching content: asked once for an address, port and name. */
#include "scan/tls_facts.h"
#include "scan/zone_state.h"

#include <string.h>

static const char *keep(struct scan_origin *origin, const char *text)
{
    return arena_text(&origin->host->scan->arena, text);
}

static const char *name_of(const struct scan_origin *origin)
{
    const struct inventory_hostname *inventory = origin->host->inventory;
    return inventory->sni != NULL ? inventory->sni : inventory->hostname;
}

/* Would the other be given the same answers? */
static bool is_twin(const struct scan_origin *origin, const struct scan_origin *other)
{
    return origin->https_port == other->https_port && address_equal(&origin->address, &other->address) &&
           strcmp(name_of(origin), name_of(other)) == 0;
}

/* Warnings only where the edge itself would get it: what others may still use is a fact and nothing more. */
static void warn(struct scan_origin *origin, const char *version, const char *cipher)
{
    if (tls_version_is_weak(version)) {
        origin_add_notice(origin, CODE_WEAK_PROTOCOL, NULL, version);
    }
    if (tls_cipher_is_weak(cipher)) {
        origin_add_notice(origin, CODE_WEAK_CIPHER, NULL, cipher);
    }
}

static void take_probed(struct scan_origin *origin, const struct tls_record *probed)
{
    tls_facts_add(&origin->tls, probed);
    if (!probed->completed) {
        return;
    }
    warn(origin, probed->version, probed->cipher);
    if (probed->alpn == NULL || strcmp(probed->alpn, "h2") != 0) {
        origin_add_notice(origin, CODE_NO_HTTP2, NULL, NULL);
    }
    if (probed->resumption == 0) {
        origin_add_notice(origin, CODE_NO_SESSION_RESUMPTION, NULL, NULL);
    }
}

/* Runs for each origin of the scan that is the same server under the same name, this one included. */
static void share_probed(struct scan_origin *origin)
{
    struct zone_scan *scan = origin->host->scan;
    for (size_t i = 0; i < scan->hostname_count; i++) {
        struct scan_hostname *host = &scan->hostnames[i];
        for (size_t k = 0; k < host->origin_count; k++) {
            if (host->origins[k].tls_wanted && is_twin(origin, &host->origins[k])) {
                take_probed(&host->origins[k], origin->tls_probed);
            }
        }
    }
}

static void note_capabilities(void *context, const struct tls_capabilities *found)
{
    struct scan_origin *origin = context;
    struct zone_scan *scan = origin->host->scan;
    struct fetch_cost cost = {.connections = found->connections,
                              .hellos = found->hellos,
                              .handshakes = found->handshakes,
                              .bytes = found->bytes};
    fetch_cost_add(&scan->cost, &cost);
    struct tls_record *probed = arena_alloc(&scan->arena, sizeof *probed);
    if (probed == NULL || tls_facts_record(found, &scan->arena, probed) != 0) {
        scan->out_of_memory = true;
        return;
    }
    if (found->completed) {
        origin_note_certificate(origin, &found->tls);
    }
    origin->tls_probed = probed;
    share_probed(origin);
}

static struct scan_origin *find_asker(struct scan_origin *origin)
{
    struct zone_scan *scan = origin->host->scan;
    for (size_t i = 0; i < scan->hostname_count; i++) {
        struct scan_hostname *host = &scan->hostnames[i];
        for (size_t k = 0; k < host->origin_count; k++) {
            if (host->origins[k].tls_asker && is_twin(origin, &host->origins[k])) {
                return &host->origins[k];
            }
        }
    }
    return NULL;
}

void origin_ask_tls(struct scan_origin *origin)
{
    struct zone_scan *scan = origin->host->scan;
    if (origin->tls_wanted || scan->interrupted) {
        return;
    }
    origin->tls_wanted = true;
    struct scan_origin *asker = find_asker(origin);
    if (asker == NULL) {
        origin->tls_asker = true;
        if (origin_probe_tls(origin, note_capabilities) != 0) {
            scan->out_of_memory = true;
        }
    } else if (asker->tls_probed != NULL) {
        take_probed(origin, asker->tls_probed);
    }
}

void origin_note_tls(struct scan_origin *origin, const struct fetch_tls *tls)
{
    struct tls_record *record = &origin->tls;
    if (record->completed || !tls->completed) {
        return;
    }
    record->seen = true;
    record->completed = true;
    record->version = keep(origin, tls->version);
    record->cipher = keep(origin, tls->cipher);
    record->group = keep(origin, tls->group);
    record->signature = keep(origin, tls->signature);
    record->alpn = keep(origin, tls->alpn);
    record->chain_length = (int)tls->chain_count;
    record->client_certificate =
        tls->client_certificate_requested ? CLIENT_CERTIFICATE_REQUESTED : CLIENT_CERTIFICATE_NONE;
    const char **versions = arena_alloc(&origin->host->scan->arena, sizeof *versions);
    if (versions != NULL && record->version != NULL && record->version_count == 0) {
        versions[0] = record->version;
        record->versions = versions;
        record->version_count = 1;
    }
    warn(origin, tls->version, tls->cipher);
    origin_ask_tls(origin);
}
