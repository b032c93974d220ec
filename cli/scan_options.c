#include "cli/edge_ranges.h"
#include "cli/scan_arguments.h"
#include "cli/version.h"

static int check_client_certificate(const struct scan_arguments *arguments, struct err *err)
{
    if ((arguments->client_certificate == NULL) == (arguments->client_key == NULL)) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "option --%s is missing: --client-cert and --client-key belong together",
                   arguments->client_key == NULL ? "client-key" : "client-cert");
}

int scan_options_from_arguments(const struct scan_arguments *arguments, const struct trust *trust, struct arena *arena,
                                struct scan_options *options, struct err *err)
{
    struct address_range *ranges = NULL;
    const char **trust_names = arena_alloc(arena, TRUST_NAMES_MAX * sizeof *trust_names);
    if (trust_names == NULL) {
        return err_memory(err);
    }
    scan_options_init(options);
    options->pairs = arguments->pairs;
    options->min_pairs = arguments->min_pairs;
    options->rate = arguments->rate;
    options->connections = (unsigned)arguments->connections;
    options->timeout_ms = (long)(arguments->timeout_s * 1000);
    options->family = (enum address_family_choice)arguments->family;
    options->user_agent = arguments->user_agent;
    options->headers = arguments->headers.items;
    options->header_count = arguments->headers.count;
    options->client_certificate_file = arguments->client_certificate;
    options->client_key_file = arguments->client_key;
    options->trust = trust;
    options->trust_names = trust_names;
    options->trust_name_count = trust_arguments_names(&arguments->trust, trust_names);
    options->certificate_time_s = arguments->at_s;
    options->resolve = arguments->resolve;
    options->access_logs = arguments->access_logs.items;
    options->access_log_count = arguments->access_logs.count;
    options->seed = arguments->seed;
    options->program_version = version_text();
    if (check_client_certificate(arguments, err) != 0) {
        return -1;
    }
    const char *path = arguments->edge_ranges_file;
    if (path != NULL && edge_ranges_read(path, arena, &ranges, &options->edge_range_count, err) != 0) {
        return -1;
    }
    options->edge_ranges = ranges;
    return 0;
}
