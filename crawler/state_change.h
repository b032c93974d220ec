/* URLs that look as if a GET of them changed something: logging out, deleting, putting into a cart, unsubscribing.
 *
 * Safety wins over coverage: a page that merely talks about deleting may be left out of a sample, an account must never
 * be deleted. So a word counts as soon as it stands as a word of its own in a path segment whose other words do not
 * make it an article (the rules and near-misses stand in the tests as sentences).
 */
#ifndef ORIGINTLS_CRAWLER_STATE_CHANGE_H
#define ORIGINTLS_CRAWLER_STATE_CHANGE_H

#include "base/slice.h"

/* True if it must not be fetched. *why (may be NULL) is the word that decided, a static string. */
bool url_may_change_state(struct slice path_query, const char **why);

#endif
