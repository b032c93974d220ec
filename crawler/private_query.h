/* URLs that may hold somebody's secret or identity: tokens, sessions, e-mail addresses, signatures.
 *
 * Such URLs are known only from access logs, where they were somebody's own; they are never fetched again. Judged by
 * the names of parameters (a table), by the look of their values (an e-mail address, a JWT, a long mix of letters and
 * digits, a long number), and in the path by an e-mail address, a session id behind ";", or what follows a word such as
 * "verify" or "reset". Click ids of advertisers count too: each stands for one person.
 */
#ifndef ORIGINTLS_CRAWLER_PRIVATE_QUERY_H
#define ORIGINTLS_CRAWLER_PRIVATE_QUERY_H

#include "base/buf.h"

bool query_may_be_private(struct slice path_query);
/* A session id in the path (";jsessionid=...") or in a parameter that is called like one. */
bool query_has_session(struct slice path_query);
/* Appends the URL without the parameters, those of path segments too, that hold a session id: "/a;jsessionid=1?x&sid=2"
 * gives "/a?x". 0, or -1 when out of memory. */
int url_append_without_session(struct buf *out, struct slice path_query);
/* The tables of words are in the order in which they are searched. For the tests. */
bool query_words_are_sorted(void);

#endif
