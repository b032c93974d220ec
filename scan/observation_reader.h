/* Reads the NDJSON of observations that an edge reports. Strict: a line that is cut off, a count that is missing or
 * negative, an unknown key are errors with file and line.
 */
#ifndef ORIGINTLS_SCAN_OBSERVATION_READER_H
#define ORIGINTLS_SCAN_OBSERVATION_READER_H

#include "scan/rollouts.h"

struct reported_observations {
    struct reported_observation *items; /* from the arena */
    size_t count;
};

/* Of a text; `name` stands for it in errors. -1 with ERR_USAGE. */
int observations_parse(const char *name, struct slice text, struct arena *arena,
                       struct reported_observations *observations, struct err *err);
/* Of a whole file at `path` ("-" for standard input), at most LIMIT_ROLLOUT_OBSERVATIONS lines. -1 with ERR_USAGE. */
int observations_read(const char *path, struct arena *arena, struct reported_observations *observations,
                      struct err *err);

#endif
