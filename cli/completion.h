/* Completion for shells, written from the tables of commands and options. */
#ifndef ORIGINTLS_CLI_COMPLETION_H
#define ORIGINTLS_CLI_COMPLETION_H

#include "base/buf.h"

void completion_bash(struct buf *out);
void completion_fish(struct buf *out);
void completion_zsh(struct buf *out);

#endif
