/* A judged certificate for people and programs; `cert` and `probe` print it alike. */
#ifndef ORIGINTLS_CLI_CERTIFICATE_REPORT_H
#define ORIGINTLS_CLI_CERTIFICATE_REPORT_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "cli/option.h"
#include "crawler/certificate.h"

/* The members of an object that is open. */
void certificate_report_json(struct json_writer *json, const struct certificate_result *result);
/* Rows below a headline, each "  label       text". */
void certificate_report_text(struct buf *out, const struct certificate_result *result);
/* One such row; nothing where there is no text. */
void certificate_report_row(struct buf *out, const char *label, const char *text);

/* The values of --pin into the input, memory from the arena. */
int certificate_pins_parse(const struct option_list *texts, struct arena *arena, struct certificate_input *input,
                           struct err *err);

#endif
