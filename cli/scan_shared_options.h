/* The options that `scan` and `fleet run` have alike, as rows of an option table. The arguments of either command begin
 * with a struct scan_arguments. */
#ifndef ORIGINTLS_CLI_SCAN_SHARED_OPTIONS_H
#define ORIGINTLS_CLI_SCAN_SHARED_OPTIONS_H

#include "base/limits.h"
#include "cli/scan_arguments.h"

#define RATE_MAX      1000
#define TIMEOUT_MAX_S 300

#define SCAN_SHARED_OPTIONS                                                                                            \
    {.name = "resolve",                                                                                                \
     .type = OPTION_FLAG,                                                                                              \
     .offset = offsetof(struct scan_arguments, resolve),                                                               \
     .help = "take the addresses of ZONE and www.ZONE from public DNS; the decision is hold unless --edge-cidrs "      \
             "excludes those of the edge itself"},                                                                     \
        {.name = "edge-cidrs",                                                                                         \
         .type = OPTION_FILE,                                                                                          \
         .offset = offsetof(struct scan_arguments, edge_ranges_file),                                                  \
         .placeholder = "FILE",                                                                                        \
         .help = "ranges of the edge, one a line: none of their addresses is an origin"},                              \
        {.name = "header",                                                                                             \
         .type = OPTION_LIST,                                                                                          \
         .secret = true,                                                                                               \
         .offset = offsetof(struct scan_arguments, headers),                                                           \
         .placeholder = "'NAME: VALUE'",                                                                               \
         .help = "sent to the origin as the edge does; the value is never logged"},                                    \
        {.name = "user-agent",                                                                                         \
         .type = OPTION_TEXT,                                                                                          \
         .offset = offsetof(struct scan_arguments, user_agent),                                                        \
         .placeholder = "UA",                                                                                          \
         .help = "the name of the scanner in every request",                                                           \
         .initial = "Cloudflare-SSLDetector"},                                                                         \
        {.name = "family",                                                                                             \
         .type = OPTION_CHOICE,                                                                                        \
         .offset = offsetof(struct scan_arguments, family),                                                            \
         .choices = scan_family_choices,                                                                               \
         .help = "IP version of the addresses to use",                                                                 \
         .initial = "any"},                                                                                            \
        {.name = "pairs",                                                                                              \
         .type = OPTION_SIZE,                                                                                          \
         .offset = offsetof(struct scan_arguments, pairs),                                                             \
         .placeholder = "N",                                                                                           \
         .help = "URLs to compare per hostname",                                                                       \
         .initial = "60",                                                                                              \
         .min = 1,                                                                                                     \
         .max = LIMIT_PAIRS_PER_HOSTNAME},                                                                             \
        {.name = "min-pairs",                                                                                          \
         .type = OPTION_SIZE,                                                                                          \
         .offset = offsetof(struct scan_arguments, min_pairs),                                                         \
         .placeholder = "N",                                                                                           \
         .help = "fewer usable ones give no verdict, unless every link that could be found was compared",              \
         .initial = "10",                                                                                              \
         .min = 1,                                                                                                     \
         .max = LIMIT_PAIRS_PER_HOSTNAME},                                                                             \
        {.name = "rate",                                                                                               \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = offsetof(struct scan_arguments, rate),                                                              \
         .placeholder = "R",                                                                                           \
         .help = "requests a second per origin address",                                                               \
         .initial = "10",                                                                                              \
         .min = 0.01,                                                                                                  \
         .max = RATE_MAX},                                                                                             \
        {.name = "connections",                                                                                        \
         .type = OPTION_SIZE,                                                                                          \
         .offset = offsetof(struct scan_arguments, connections),                                                       \
         .placeholder = "N",                                                                                           \
         .help = "connections at once per origin address",                                                             \
         .initial = "4",                                                                                               \
         .min = 1,                                                                                                     \
         .max = LIMIT_CONNECTIONS_PER_ORIGIN},                                                                         \
        {.name = "timeout",                                                                                            \
         .type = OPTION_NUMBER,                                                                                        \
         .offset = offsetof(struct scan_arguments, timeout_s),                                                         \
         .placeholder = "S",                                                                                           \
         .help = "seconds for one request, everything included",                                                       \
         .initial = "30",                                                                                              \
         .min = 0.1,                                                                                                   \
         .max = TIMEOUT_MAX_S},                                                                                        \
        TRUST_OPTIONS(scan_arguments),                                                                                 \
        {.name = "client-cert",                                                                                        \
         .type = OPTION_FILE,                                                                                          \
         .offset = offsetof(struct scan_arguments, client_certificate),                                                \
         .placeholder = "FILE",                                                                                        \
         .help = "certificate to show to origins that accept only the edge (PEM)"},                                    \
        {.name = "client-key",                                                                                         \
         .type = OPTION_FILE,                                                                                          \
         .offset = offsetof(struct scan_arguments, client_key),                                                        \
         .placeholder = "FILE",                                                                                        \
         .help = "its private key (PEM)"},                                                                             \
        {.name = "opt-out",                                                                                            \
         .type = OPTION_FILES,                                                                                         \
         .offset = offsetof(struct scan_arguments, opt_outs),                                                          \
         .placeholder = "FILE",                                                                                        \
         .help = "opt-out list to honour besides the one in the database"},                                            \
        {.name = "seed",                                                                                               \
         .type = OPTION_UINT64,                                                                                        \
         .offset = offsetof(struct scan_arguments, seed),                                                              \
         .placeholder = "N",                                                                                           \
         .help = "of the sampling: the same seed asks for the same URLs",                                              \
         .initial = "0"},                                                                                              \
        POLICY_OPTIONS(scan_arguments)

#endif
