/* Query strings that may hold somebody's secret or identity: tokens, sessions, e-mail addresses, signatures.
 *
 * Such URLs are known only from access logs, where they were somebody's own; they are never fetched again. Judged by
 * the name of a parameter (a table) and by the look of its value.
 */
#ifndef ORIGINTLS_CRAWLER_PRIVATE_QUERY_H
#define ORIGINTLS_CRAWLER_PRIVATE_QUERY_H

#include "base/slice.h"

bool query_may_be_private(struct slice path_query);

#endif
