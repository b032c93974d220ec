/* Questions that take a completed handshake. */
#include "crawler/tls_probe_questions.h"

#include <string.h>

static void replace_session(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    handshake_session_free(inquiry->resume_by);
    inquiry->resume_by = result->session;
    result->session = NULL;
}

/* Answers that say that a client certificate was expected (495 and 496 are nginx's own, mostly told as 400). */
static bool is_refusal(int http_status)
{
    return http_status == 400 || http_status == 401 || http_status == 403 || http_status == 495 || http_status == 496;
}

static void note_client_certificate(struct tls_inquiry *inquiry, const struct handshake_result *result, bool given)
{
    bool refused = result->outcome == HANDSHAKE_FAILED || result->refused_afterwards || is_refusal(result->http_status);
    inquiry->requested = inquiry->requested || result->tls.client_certificate_requested;
    if (!result->tls.client_certificate_requested) {
        return;
    }
    if (given) {
        inquiry->found->client_certificate_accepted = refused ? TLS_NO : TLS_YES;
    } else {
        inquiry->refused_without = inquiry->refused_without || refused;
    }
}

static void make_edge_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->offer_h2 = true;
    /* A scan fetches content anyway, which tells the same. */
    handshake->http_request = inquiry->request->depth != TLS_PROBE_SCAN ? inquiry->http_request : NULL;
}

/* The facts go over to the capabilities, and with them the memory that they live in. */
static void hear_edge_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    note_client_certificate(inquiry, result, inquiry->request->client_certificate != NULL);
    found->completed = result->outcome == HANDSHAKE_COMPLETED;
    found->no_connection = result->outcome == HANDSHAKE_NO_CONNECTION;
    found->tcp = result->tcp;
    found->tls = result->tls;
    found->detail = result->detail;
    found->memory = result->memory;
    result->memory = (struct arena){0};
    result->tls.parsed.count = 0;
    found->handshake_bytes_read = result->bytes_read;
    found->handshake_bytes_written = result->bytes_written;
    found->round_trips = result->round_trips;
    if (!found->completed) {
        return;
    }
    /* Who is turned away behind the handshake gets no session; that says nothing of those who are let in. */
    if (result->refused_afterwards) {
        return;
    }
    if (result->session_kind != HANDSHAKE_SESSION_PSK && tls_inquiry_has_version(found, "TLSv1.3")) {
        found->resumption_psk = TLS_NO;
    }
    if (result->session_kind != HANDSHAKE_SESSION_TICKET && tls_inquiry_is_below_tls13(found)) {
        found->resumption_ticket = TLS_NO;
    }
    found->resumption = result->session_kind == HANDSHAKE_SESSION_NONE ? TLS_NO : TLS_UNKNOWN;
    replace_session(inquiry, result);
}

static bool is_session_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && inquiry->resume_by != NULL;
}

/* Resumes, and where a client certificate was asked for, finds out over HTTP/1.1 whether it is needed. */
static bool is_second_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    bool ask_http = inquiry->request->depth != TLS_PROBE_SCAN && inquiry->requested;
    return is_session_due(inquiry, question) || (inquiry->found->completed && ask_http);
}

static void make_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    bool ask_http = inquiry->request->depth != TLS_PROBE_SCAN && inquiry->requested;
    handshake->offer_h2 = !ask_http;
    handshake->http_request = ask_http ? inquiry->http_request : NULL;
    handshake->resume = inquiry->resume_by;
}

static void hear_resumption(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    bool asked_by_session = inquiry->resume_by != NULL;
    /* A resumed handshake asks for no certificate again; that of the first one still counts. */
    result->tls.client_certificate_requested = result->tls.client_certificate_requested || inquiry->requested;
    note_client_certificate(inquiry, result, inquiry->request->client_certificate != NULL);
    if (!asked_by_session || result->outcome != HANDSHAKE_COMPLETED) {
        return;
    }
    found->resumption = tls_answer_of(result->resumed);
    if (tls_inquiry_has_version(found, "TLSv1.3")) {
        found->resumption_psk = found->resumption;
    } else if (found->resumption_ticket == TLS_NO) {
        found->resumption_id = found->resumption;
    } else {
        found->resumption_ticket = found->resumption;
    }
}

/* Without the certificate that was given: is it asked for only, or needed? */
static bool is_bare_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->requested && inquiry->request->client_certificate != NULL;
}

static void make_bare_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->http_request = inquiry->http_request;
}

static void hear_bare_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    note_client_certificate(inquiry, result, false);
}

static bool is_tls12_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return tls_inquiry_has_version(inquiry->found, "TLSv1.3") &&
           inquiry->found->versions[TLS_INDEX_TLS12].answer == TLS_YES;
}

static void make_tls12_with_ticket(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->offer_h2 = true;
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->version_max = HELLO_TLS12;
}

static void hear_tls12_with_ticket(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    replace_session(inquiry, result);
    if (result->outcome == HANDSHAKE_COMPLETED && result->session_kind != HANDSHAKE_SESSION_TICKET) {
        inquiry->found->resumption_ticket = TLS_NO;
    }
}

static bool is_ticket_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_session_due(inquiry, question) && is_tls12_due(inquiry, question) &&
           inquiry->found->resumption_ticket == TLS_UNKNOWN;
}

static void make_tls12_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_with_ticket(inquiry, handshake);
    handshake->resume = inquiry->resume_by;
}

static void hear_ticket(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    inquiry->found->resumption_ticket =
        result->outcome == HANDSHAKE_COMPLETED ? tls_answer_of(result->resumed) : TLS_UNKNOWN;
}

static bool is_id_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return inquiry->found->resumption_id == TLS_UNKNOWN &&
           (is_tls12_due(inquiry, question) || tls_inquiry_is_below_tls13(inquiry->found));
}

static void make_tls12_with_id(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_with_ticket(inquiry, handshake);
    handshake->without_tickets = true;
    handshake->offer_h2 = false;
    /* With an answer, so that the connection ends well for the server: else it drops the session that it keeps. */
    handshake->http_request = inquiry->http_request;
}

static void hear_tls12_with_id(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    replace_session(inquiry, result);
    if (result->outcome == HANDSHAKE_COMPLETED && result->session_kind != HANDSHAKE_SESSION_ID) {
        inquiry->found->resumption_id = TLS_NO;
    }
}

static bool is_id_resumption_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_session_due(inquiry, question) && is_id_due(inquiry, question);
}

static void make_id_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_resumption(inquiry, handshake);
    handshake->without_tickets = true;
}

static void hear_id(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    found->resumption_id = result->outcome == HANDSHAKE_COMPLETED ? tls_answer_of(result->resumed) : TLS_UNKNOWN;
    if (tls_inquiry_is_below_tls13(found) && found->resumption == TLS_UNKNOWN) {
        found->resumption = found->resumption_id;
    }
}

static bool is_nameless_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && inquiry->sni != NULL && inquiry->found->sni == TLS_SNI_UNKNOWN;
}

static void make_nameless_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->sni = NULL;
}

static void hear_nameless_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    if (result->outcome == HANDSHAKE_COMPLETED && result->tls.chain_count > 0) {
        inquiry->found->sni = tls_inquiry_compare_certificates(inquiry, result->tls.chain[0]);
    } else if (result->outcome == HANDSHAKE_FAILED) {
        inquiry->found->sni = TLS_SNI_REQUIRED;
    }
}

const struct tls_question tls_ask_edge_handshake = {.depth = TLS_PROBE_DEFAULT,
                                                    .due = tls_is_always_due,
                                                    .make_handshake = make_edge_handshake,
                                                    .hear_handshake = hear_edge_handshake};
const struct tls_question tls_ask_resumption = {.depth = TLS_PROBE_DEFAULT,
                                                .due = is_second_handshake_due,
                                                .make_handshake = make_resumption,
                                                .hear_handshake = hear_resumption};
const struct tls_question tls_ask_tls12_with_ticket = {.depth = TLS_PROBE_ALL,
                                                       .due = is_tls12_due,
                                                       .make_handshake = make_tls12_with_ticket,
                                                       .hear_handshake = hear_tls12_with_ticket};
const struct tls_question tls_ask_tls12_resumption = {.depth = TLS_PROBE_ALL,
                                                      .due = is_ticket_due,
                                                      .make_handshake = make_tls12_resumption,
                                                      .hear_handshake = hear_ticket};
const struct tls_question tls_ask_tls12_with_id = {.depth = TLS_PROBE_ALL,
                                                   .due = is_id_due,
                                                   .make_handshake = make_tls12_with_id,
                                                   .hear_handshake = hear_tls12_with_id};
const struct tls_question tls_ask_id_resumption = {.depth = TLS_PROBE_ALL,
                                                   .due = is_id_resumption_due,
                                                   .make_handshake = make_id_resumption,
                                                   .hear_handshake = hear_id};
const struct tls_question tls_ask_bare_handshake = {.depth = TLS_PROBE_ALL,
                                                    .due = is_bare_handshake_due,
                                                    .make_handshake = make_bare_handshake,
                                                    .hear_handshake = hear_bare_handshake};
const struct tls_question tls_ask_nameless_handshake = {.depth = TLS_PROBE_SCAN,
                                                        .due = is_nameless_handshake_due,
                                                        .make_handshake = make_nameless_handshake,
                                                        .hear_handshake = hear_nameless_handshake};
