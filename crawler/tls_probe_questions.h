/* The questions of a probe, in their order. Inside of the probe: tls_probe.c asks, tls_probe_questions.c knows what to
 * ask and what an answer means. */
#ifndef ORIGINTLS_CRAWLER_TLS_PROBE_QUESTIONS_H
#define ORIGINTLS_CRAWLER_TLS_PROBE_QUESTIONS_H

#include "crawler/tls_probe.h"

/* What is known so far. */
struct tls_inquiry {
    const struct tls_probe_request *request;
    const char *sni; /* NULL for a hostname that is an address */
    struct tls_capabilities *found;
    char http_request[2048];
    bool requested;                      /* a client certificate was asked for */
    bool refused_without;                /* and the server did not go on without one */
    struct handshake_session *resume_by; /* of the last full handshake; NULL: none */
    bool groups_singly, legacy_singly;   /* asked for at once they met with neither a choice nor an alert */
};

/* One question: a handshake or a hello. */
struct tls_question {
    enum tls_probe_depth depth; /* from this depth on */
    bool is_hello;
    unsigned hellos_max; /* that it may take; 0: one */
    /* Worth asking, by what is known? */
    bool (*due)(const struct tls_inquiry *inquiry, const struct tls_question *question);
    void (*make_hello)(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello);
    void (*hear_hello)(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result);
    void (*make_handshake)(const struct tls_inquiry *inquiry, struct handshake_request *handshake);
    void (*hear_handshake)(struct tls_inquiry *inquiry, struct handshake_result *result);
};

#define TLS_QUESTION_BY_HELLO(depth_, due_, make_, hear_, hellos_max_)                                                 \
    {                                                                                                                  \
        .depth = depth_, .is_hello = true, .due = due_, .make_hello = make_, .hear_hello = hear_,                      \
        .hellos_max = hellos_max_                                                                                      \
    }

extern const struct tls_question *const tls_questions[];
extern const size_t tls_question_count;

/* The questions one by one: tls_probe_handshakes.c, tls_probe_hellos.c and tls_probe_shares.c. */
#define TLS_LEGACY_CIPHERS 3
extern const struct tls_question tls_ask_edge_hello;
extern const struct tls_question tls_ask_tls13;
/* Asked until there is nothing more to learn, as the next two. */
extern const struct tls_question tls_ask_lower_version;
extern const struct tls_question tls_ask_hybrid;
extern const struct tls_question tls_ask_nameless_hello;
extern const struct tls_question tls_ask_group;
extern const struct tls_question tls_ask_legacy;
extern const struct tls_question tls_ask_shares;
extern const struct tls_question tls_ask_large_hello;
extern const struct tls_question tls_ask_unknown_share;
extern const struct tls_question tls_ask_retry;
extern const struct tls_question tls_ask_edge_handshake;
extern const struct tls_question tls_ask_resumption;
extern const struct tls_question tls_ask_tls12_with_ticket;
extern const struct tls_question tls_ask_tls12_resumption;
extern const struct tls_question tls_ask_tls12_with_id;
extern const struct tls_question tls_ask_id_resumption;
extern const struct tls_question tls_ask_bare_handshake;
extern const struct tls_question tls_ask_nameless_handshake;

/* Places in tls_probe_versions. */
enum { TLS_INDEX_TLS10 = 1, TLS_INDEX_TLS12 = 3, TLS_INDEX_TLS13 = 4 };

/* Is this what the edge gets? */
bool tls_inquiry_has_version(const struct tls_capabilities *found, const char *name);
/* Was TLS 1.3 seen to work? */
bool tls_inquiry_speaks_tls13(const struct tls_inquiry *inquiry);
/* Does the edge get less than TLS 1.3? */
bool tls_inquiry_is_below_tls13(const struct tls_capabilities *found);
/* Is it known that the server speaks none of TLS 1.0 to 1.2? */
bool tls_inquiry_lacks_lower_versions(const struct tls_capabilities *found);
/* What the certificate that came without a name says of SNI. */
enum tls_sni tls_inquiry_compare_certificates(const struct tls_inquiry *inquiry, struct slice certificate);
enum tls_answer tls_answer_of(bool yes);
/* Neither silence nor a lost connection is an answer. */
enum tls_answer tls_answer_if(const struct hello_result *result, bool yes);
void tls_finding_fill(struct tls_finding *finding, const struct hello_result *result, enum tls_answer answer);
/* Only these groups, without a share: TLS 1.3 has to ask for one. In TLS 1.2 the server picks one or refuses. */
void tls_offer_groups(const struct tls_inquiry *inquiry, const struct hello_list *groups, struct hello_request *hello);
bool tls_is_always_due(const struct tls_inquiry *inquiry, const struct tls_question *question);

/* Draws the conclusions from all answers. */
void tls_inquiry_conclude(struct tls_inquiry *inquiry);

#endif
