#include "cli/trust_arguments.h"

enum { TRUST_CHOICE_SYSTEM, TRUST_CHOICE_ORIGIN_CA };

const char *const trust_choices[] = {
    [TRUST_CHOICE_SYSTEM] = "system",
    [TRUST_CHOICE_ORIGIN_CA] = "origin_ca",
    NULL,
};

static bool trusts(const struct trust_arguments *arguments, int choice)
{
    return arguments->ca_only == NULL && (arguments->roots >> choice & 1) != 0;
}

struct trust *trust_arguments_load(const struct trust_arguments *arguments, struct err *err)
{
    if (arguments->ca_file != NULL && arguments->ca_only != NULL) {
        err_set(err, ERR_USAGE,
                "--ca-file and --ca-only exclude each other: the one adds roots, the other replaces them");
        return NULL;
    }
    const struct trust_options options = {
        .system = trusts(arguments, TRUST_CHOICE_SYSTEM),
        .origin_ca = trusts(arguments, TRUST_CHOICE_ORIGIN_CA),
        .ca_file = arguments->ca_file,
        .ca_only = arguments->ca_only,
        .crl_files = arguments->crl_files.items,
        .crl_file_count = arguments->crl_files.count,
    };
    return trust_new(&options, err);
}

size_t trust_arguments_names(const struct trust_arguments *arguments, const char *names[TRUST_NAMES_MAX])
{
    size_t count = 0;
    for (int choice = 0; trust_choices[choice] != NULL; choice++) {
        if (trusts(arguments, choice)) {
            names[count++] = trust_choices[choice];
        }
    }
    if (arguments->ca_file != NULL || arguments->ca_only != NULL) {
        names[count++] = "custom";
    }
    return count;
}
