/* What the edge should do now, in its own language. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/rollout_command.h"
#include "cli/scan_arguments.h"

#include <string.h>

#define AT(member) offsetof(struct rollout_arguments, member)

enum export_format { EXPORT_NDJSON, EXPORT_NGINX, EXPORT_HAPROXY, EXPORT_HAPROXY_MAP, EXPORT_CLOUDFLARE };
static const char *const export_choices[] = {"ndjson", "nginx", "haproxy", "haproxy-map", "cloudflare", NULL};

static const struct option rows[] = {
    {.name = "zone",
     .type = OPTION_LIST,
     .offset = AT(zones),
     .placeholder = "ZONE",
     .help = "this zone only",
     .initial_text = "every zone"},
    {.name = "opt-out",
     .type = OPTION_FILES,
     .offset = AT(opt_outs),
     .placeholder = "FILE",
     .help = "opt-out list to honour besides the one in the database"},
    {.name = "ca-file",
     .type = OPTION_TEXT,
     .offset = AT(ca_file),
     .placeholder = "FILE",
     .help = "roots that the edge verifies origins against, as nginx and HAProxy name the file",
     .initial = "/etc/ssl/certs/ca-certificates.crt"},
    {.name = "at",
     .type = OPTION_TIME,
     .offset = AT(at_s),
     .placeholder = "TIME",
     .help = "honour opt-outs as of this RFC 3339 time",
     .initial_text = "now"},
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = AT(format),
     .choices = export_choices,
     .help = "the edge's language",
     .initial = "ndjson"},
};
static const struct option_table option_table = OPTION_TABLE(rows);

struct export_run {
    struct rollout_command command;
    struct edge_hostname *hostnames;
    size_t count;
};

static const struct hostname_record *find_hostname(const struct scan_record *record, const char *name)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            return &record->hostnames[i];
        }
    }
    return NULL;
}

/* What visitors get: while it runs a share of them the new mode; in the end all of them one. */
static void fill_modes(struct edge_hostname *edge, const struct rollout *rollout, bool opted_out)
{
    int percent = opted_out && rollout->state != ROLLOUT_COMMITTED ? 0 : rollout_percent(rollout);
    edge->state = rollout->state;
    edge->mode = percent > 0 ? rollout->to : rollout->from;
    edge->otherwise = percent > 0 && percent < 100 ? rollout->from : MODE_NONE;
    edge->percent = percent > 0 ? percent : 100;
    edge->is_new = percent > 0;
}

static int fill_origins(struct export_run *run, struct edge_hostname *edge, const struct hostname_record *hostname,
                        struct err *err)
{
    struct inventory_origin *origins = arena_alloc(&run->command.arena, (hostname->origin_count + 1) * sizeof *origins);
    if (origins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < hostname->origin_count; i++) {
        origins[i].address = arena_text(&run->command.arena, hostname->origins[i].address);
        origins[i].http_port = hostname->origins[i].http_port;
        origins[i].https_port = hostname->origins[i].https_port;
        if (origins[i].address == NULL) {
            return err_memory(err);
        }
    }
    edge->origins = origins;
    edge->origin_count = hostname->origin_count;
    edge->always_https = hostname->always_https;
    return 0;
}

static int fill_overrides(struct export_run *run, struct edge_hostname *edge, struct err *err)
{
    struct inventory_zone inventory;
    int found = store_read_inventory(run->command.store, edge->zone, &inventory, err);
    edge->host_header = edge->sni = edge->hostname;
    if (found <= 0) {
        return found;
    }
    const struct inventory_hostname *known = inventory_find(&inventory, edge->hostname);
    if (known != NULL && known->host_header != NULL) {
        edge->host_header = arena_text(&run->command.arena, known->host_header);
        edge->sni = edge->host_header;
    }
    if (known != NULL && known->sni != NULL) {
        edge->sni = arena_text(&run->command.arena, known->sni);
    }
    inventory_zone_release(&inventory);
    return edge->host_header == NULL || edge->sni == NULL ? err_memory(err) : 0;
}

static int add_hostname(struct export_run *run, const struct stored_rollout *stored, struct err *err)
{
    struct edge_hostname *edge = &run->hostnames[run->count++];
    struct scan_record record;
    *edge = (struct edge_hostname){.zone = stored->zone, .hostname = stored->hostname};
    int found = store_read_latest(run->command.store, stored->zone, &record, err);
    if (found < 0) {
        return -1;
    }
    const struct hostname_record *hostname = found == 0 ? NULL : find_hostname(&record, stored->hostname);
    bool opted_out =
        rollout_is_opted_out(run->command.opt_out, stored->hostname, hostname, run->command.run.now_s, NULL);
    int result = hostname == NULL ? 0 : fill_origins(run, edge, hostname, err);
    scan_record_release(&record);
    fill_modes(edge, &stored->rollout, opted_out);
    return result == 0 ? fill_overrides(run, edge, err) : -1;
}

static int collect(struct export_run *run, const char *zone, struct err *err)
{
    struct stored_rollouts rollouts;
    if (store_latest_rollouts(run->command.store, zone, &run->command.arena, &rollouts, err) != 0) {
        return -1;
    }
    struct edge_hostname *grown = arena_alloc(&run->command.arena, (run->count + rollouts.count + 1) * sizeof *grown);
    if (grown == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < run->count; i++) {
        grown[i] = run->hostnames[i];
    }
    run->hostnames = grown;
    for (size_t i = 0; i < rollouts.count; i++) {
        if (add_hostname(run, &rollouts.items[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int collect_all(struct export_run *run, struct err *err)
{
    const struct option_list *zones = &run->command.arguments->zones;
    const char **names = zones_normalise(zones, &run->command.arena, err);
    if (names == NULL) {
        return -1;
    }
    int result = zones->count == 0 ? collect(run, NULL, err) : 0;
    for (size_t i = 0; i < zones->count && result == 0; i++) {
        result = collect(run, names[i], err);
    }
    return result;
}

static void write_export(const struct export_run *run, struct buf *out)
{
    const struct rollout_arguments *arguments = run->command.arguments;
    switch ((enum export_format)arguments->format) {
    case EXPORT_NDJSON:
        edge_ndjson(run->hostnames, run->count, out);
        break;
    case EXPORT_NGINX:
        edge_nginx(run->hostnames, run->count, arguments->ca_file, out);
        break;
    case EXPORT_HAPROXY:
        edge_haproxy(run->hostnames, run->count, arguments->ca_file, out);
        break;
    case EXPORT_HAPROXY_MAP:
        edge_haproxy_map(run->hostnames, run->count, out);
        break;
    case EXPORT_CLOUDFLARE:
        edge_cloudflare(run->hostnames, run->count, out);
        break;
    }
}

/* It stands in a configuration file as it is. */
static int check_ca_file(const char *path, struct err *err)
{
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr(" \t\r\n;{}\"'\\$#", *c) != NULL) {
            return err_set(err, ERR_USAGE, "option --ca-file: no blanks, quotation marks, ';', '{', '}', '$', '#'");
        }
    }
    return 0;
}

static int run_export(const struct invocation *invocation, struct err *err)
{
    struct export_run run = {.count = 0};
    struct buf out = {.data = NULL};
    int code = -1;
    if (check_ca_file(((const struct rollout_arguments *)invocation->arguments)->ca_file, err) != 0) {
        return -1;
    }
    if (rollout_command_open(&run.command, invocation, STORE_READ_ONLY, err) == 0 && collect_all(&run, err) == 0) {
        write_export(&run, &out);
        code = output_write_buf(&out, err) == 0 ? EXIT_DONE : -1;
    }
    buf_release(&out);
    rollout_command_release(&run.command);
    return code;
}

const struct command command_upgrade_export = {
    .name = "upgrade export",
    .operands = "",
    .summary = "what the edge should do now, per hostname",
    .description =
        "Prints for every hostname that has a rollout which mode what share of visitors gets: as NDJSON; as a snippet "
        "for the http block of nginx; as backends of HAProxy, with the map that chooses between them; or as zone "
        "settings and configuration rules of Cloudflare, which know no shares.",
    .options = &option_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_export,
};
