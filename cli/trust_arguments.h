/* The options by which a command is told whom the edge trusts; `scan` and `cert` have them alike. */
#ifndef ORIGINTLS_CLI_TRUST_ARGUMENTS_H
#define ORIGINTLS_CLI_TRUST_ARGUMENTS_H

#include "cli/option.h"
#include "crawler/trust.h"

struct trust_arguments {
    unsigned roots; /* a bit for each of trust_choices */
    const char *ca_file, *ca_only;
    struct option_list crl_files;
};

extern const char *const trust_choices[]; /* "system", "origin_ca"; ends with NULL */

/* The rows of an option table, for arguments that have the member `trust`. */
#define TRUST_OPTIONS(arguments)                                                                                       \
    {.name = "trust",                                                                                                  \
     .type = OPTION_CHOICES,                                                                                           \
     .offset = offsetof(struct arguments, trust.roots),                                                                \
     .placeholder = "LIST",                                                                                            \
     .choices = trust_choices,                                                                                         \
     .help = "roots that the edge trusts, separated by commas",                                                        \
     .initial = "system,origin_ca"},                                                                                   \
        {.name = "ca-file",                                                                                            \
         .type = OPTION_FILE,                                                                                          \
         .offset = offsetof(struct arguments, trust.ca_file),                                                          \
         .placeholder = "FILE",                                                                                        \
         .help = "trust the roots of this PEM file too"},                                                              \
        {.name = "ca-only",                                                                                            \
         .type = OPTION_FILE,                                                                                          \
         .offset = offsetof(struct arguments, trust.ca_only),                                                          \
         .placeholder = "FILE",                                                                                        \
         .help = "trust the roots of this PEM file and no others"},                                                    \
    {                                                                                                                  \
        .name = "crl-file", .type = OPTION_FILES, .offset = offsetof(struct arguments, trust.crl_files),               \
        .placeholder = "FILE", .help = "honour the revocation lists of this file"                                      \
    }

#define TRUST_NAMES_MAX 3

/* NULL with *err set. The caller frees. */
struct trust *trust_arguments_load(const struct trust_arguments *arguments, struct err *err);
/* What is trusted, as results name it: "system", "origin_ca", "custom". How many. */
size_t trust_arguments_names(const struct trust_arguments *arguments, const char *names[TRUST_NAMES_MAX]);

#endif
