/* URLs that look as if a GET of them changed something: logging out, deleting, putting into a cart, unsubscribing.
 *
 * Safety wins over coverage: a page that merely talks about deleting may be left out of a sample, since others of its
 * kind stand in for it; an account must never be deleted. Words are those of url_words.h.
 *   - A word that hardly means anything else ("logout", "delete", "add to cart") counts wherever it stands as a word:
 * in any path segment, parameter name or value. So "/blog/delete-key-on-keyboard" is refused, and "/undeleted" is not.
 *   - A word that often means something else ("like", "add", "update") counts only if it is a whole path segment, a
 *     whole parameter name or a whole value, or stands in a parameter that names an action ("?do=like_post").
 *   - A parameter that carries a token against forgery says that the link changes something.
 *   - Some scripts do work when they are asked for: cron.php, xmlrpc.php, install.php.
 */
#ifndef ORIGINTLS_CRAWLER_STATE_CHANGE_H
#define ORIGINTLS_CRAWLER_STATE_CHANGE_H

#include "base/slice.h"

/* True if it must not be fetched. *why (may be NULL) is the word that decided, a static string. */
bool url_may_change_state(struct slice path_query, const char **why);
/* The tables of words are in the order in which they are searched. For the tests. */
bool url_state_words_are_sorted(void);

#endif
