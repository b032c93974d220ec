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
};

/* One question: a handshake or a hello. */
struct tls_question {
    enum tls_probe_depth depth; /* from this depth on */
    bool is_hello;
    size_t index; /* of a version or group */
    /* Worth asking, by what is known? */
    bool (*due)(const struct tls_inquiry *inquiry, const struct tls_question *question);
    void (*make_hello)(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello);
    void (*hear_hello)(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result);
    void (*make_handshake)(const struct tls_inquiry *inquiry, struct handshake_request *handshake);
    void (*hear_handshake)(struct tls_inquiry *inquiry, struct handshake_result *result);
};

extern const struct tls_question tls_questions[];
extern const size_t tls_question_count;

/* Draws the conclusions from all answers. */
void tls_inquiry_conclude(struct tls_inquiry *inquiry);

#endif
