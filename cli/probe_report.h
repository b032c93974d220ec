/* What a probe found, for people and programs. */
#ifndef ORIGINTLS_CLI_PROBE_REPORT_H
#define ORIGINTLS_CLI_PROBE_REPORT_H

#include "base/json_writer.h"
#include "crawler/tls_probe.h"

/* "tls": an object in one that is open. */
void probe_report_json(struct json_writer *json, const struct tls_capabilities *found);
/* "cost": what was used of what was allowed. */
void probe_report_cost_json(struct json_writer *json, const struct tls_capabilities *found, enum tls_probe_depth depth);
/* Rows below a headline. */
void probe_report_text(struct buf *out, const struct tls_capabilities *found);
void probe_report_cost_text(struct buf *out, const struct tls_capabilities *found, enum tls_probe_depth depth);

#endif
