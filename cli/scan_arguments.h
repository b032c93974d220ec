/* What `scan` is called with, and how that becomes the plan of a scan. */
#ifndef ORIGINTLS_CLI_SCAN_ARGUMENTS_H
#define ORIGINTLS_CLI_SCAN_ARGUMENTS_H

#include "cli/command.h"
#include "cli/policy_arguments.h"
#include "cli/trust_arguments.h"
#include "recommend/inventory.h"
#include "scan/scan.h"

struct store;

struct scan_arguments {
    struct global_arguments global;
    struct option_list origins, host_headers, snis, pins; /* "HOST=..." */
    bool resolve;
    const char *edge_ranges_file;
    bool always_https;
    struct option_list headers;
    const char *user_agent;
    int family;        /* enum address_family_choice */
    int mode, ceiling; /* enum mode; MODE_NONE: not given */
    int setting;       /* enum setting; -1: not given */
    struct option_list access_logs, opt_outs;
    size_t pairs, min_pairs, connections;
    double rate, timeout_s;
    struct trust_arguments trust;
    struct policy_arguments policy;
    const char *client_certificate, *client_key;
    int require; /* enum mode; MODE_NONE: nothing is asked */
    int64_t at_s;
    uint64_t seed;
    bool dry_run;
    int format;
};

extern const struct option_table scan_option_table;

/* Names of the modes in the order of their ranks; ends with NULL. */
extern const char *const mode_choices[];
/* "any", "4", "6"; ends with NULL. */
extern const char *const scan_family_choices[];

/* Everything that is said of a scan but what its zone and its opt-outs are; memory comes from `arena`, `trust` is
 * borrowed. -1 with ERR_USAGE. */
int scan_options_from_arguments(const struct scan_arguments *arguments, const struct trust *trust, struct arena *arena,
                                struct scan_options *options, struct err *err);

/* A zone's name in normal form, from `arena`; NULL with ERR_USAGE for what cannot be anybody's zone. */
const char *zone_normalise(const char *text, struct arena *arena, struct err *err);
/* Those of a repeatable option, as many and in their order; NULL with *err set. */
const char **zones_normalise(const struct option_list *texts, struct arena *arena, struct err *err);

/* Which hostnames are scanned at which origins: those of --origin, else those that the store knows (NULL: none), and
 * those of --resolve; modes, settings and overrides of the command line put over them. -1 with ERR_USAGE. `plan` is
 * initialised here and released by the caller in any case. */
int scan_plan_build(const struct scan_arguments *arguments, const char *zone, struct store *store,
                    struct inventory_zone *plan, struct err *err);

/* --pin, checked against the plan; from `arena`. */
int scan_plan_pins(const struct scan_arguments *arguments, const struct inventory_zone *plan, struct arena *arena,
                   struct scan_options *options, struct err *err);

/* "HOST=ADDR[:HTTP_PORT[:HTTPS_PORT]]" behind the "=": the address into `address_text` (canonical, or a normalised
 * name), which holds ADDRESS_OR_NAME_BYTES. NULL, or a clause that says what is wrong. */
#define ADDRESS_OR_NAME_BYTES 256
const char *origin_parse(struct slice text, struct inventory_origin *origin, char *address_text);

#endif
