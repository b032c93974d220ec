/* What the end of a transfer means: libcurl's codes into outcomes and sentences. */
#ifndef ORIGINTLS_CRAWLER_FETCH_OUTCOME_H
#define ORIGINTLS_CRAWLER_FETCH_OUTCOME_H

#include "crawler/fetch_transfer.h"

enum fetch_outcome fetch_outcome_of(const struct fetch_transfer *transfer, int code);
/* A sentence in the arena of the response; NULL for an answer. */
const char *fetch_outcome_detail(struct fetch_transfer *transfer, enum fetch_outcome outcome, int code);

#endif
