/* The configuration file: INI, one option a line, in the section of a command or before any section.
 *
 *     rate = 5              ; for every command that has --rate
 *     [scan]
 *     ceiling = strict      ; for scan alone
 *
 * A repeatable option may stand there several times. "#" and ";" begin a comment at the start of a line, ";" also
 * behind a value and white space. Bounded: lines of at most 198 bytes.
 */
#ifndef ORIGINTLS_CLI_CONFIG_H
#define ORIGINTLS_CLI_CONFIG_H

#include "cli/command_line.h"

struct config_entry {
    const char *section; /* "" before any */
    const char *key;
    const char *value;
};

/* 0, or -1 with *err set; the file and the line are put before it. The entry is only lent. */
typedef int config_on_entry(void *context, const struct config_entry *entry, struct err *err);

/* -1 with ERR_USAGE and "FILE:LINE: ..." when the file cannot be read or the first line that is wrong. */
int config_read(const char *path, config_on_entry *visit, void *context, struct err *err);

/* $XDG_CONFIG_HOME/origintls/origintls.conf (~/.config without the variable), else /etc/origintls/origintls.conf: the
 * first that is there, or NULL. From `arena`. */
const char *config_default_path(environment_lookup *environment, struct arena *arena);

#endif
