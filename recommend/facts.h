/* What evidence says by itself, before any pair is counted: the ports, the certificate, today's mode. */
#ifndef ORIGINTLS_RECOMMEND_FACTS_H
#define ORIGINTLS_RECOMMEND_FACTS_H

#include "recommend/evidence.h"

/* The code by which the https port settles every mode that uses it, or CODE_NONE. A port that takes no connection says
 * so only where the http port of the same address answers: else the whole origin is away. */
enum code fact_https_port(const struct origin_evidence *evidence);
/* Neither port of the origin takes connections. */
bool fact_unreachable(const struct origin_evidence *evidence);
/* One of its ports has no route at our end. */
bool fact_no_route(const struct origin_evidence *evidence);

bool certificate_has_problem(const struct certificate_evidence *certificate, enum code code);
/* The first in the order of precedence, or CODE_NONE. */
enum code certificate_first_problem(const struct certificate_evidence *certificate);
/* Its detail, or the sentence of the code. */
const char *certificate_problem_detail(const struct certificate_evidence *certificate, enum code code);

/* The comparison speaks against its candidates: a confirmed difference or failure, or a redirect that goes wrong. */
bool comparison_is_against(const struct comparison *comparison);
/* It would, had the second round seen it too. */
bool comparison_is_suspect(const struct comparison *comparison);

enum answer { ANSWER_UNKNOWN, ANSWER_YES, ANSWER_NO };

/* Do the requests that today's mode makes succeed, the certificate apart? The home page must neither fail nor loop, nor
 * may most of the URLs that were looked at. `detail`, of LIMIT_DETAIL_BYTES, says why not. */
enum answer fact_today_serves(const struct origin_evidence *evidence, char *detail);
/* The same with the certificate that today's mode asks for. */
enum answer fact_today_works(const struct origin_evidence *evidence, char *detail);

#endif
