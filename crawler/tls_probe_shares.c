/* Questions by hello about key shares: the hybrid group, and the faults that a client meets who offers it. */
#include "crawler/tls_probe_questions.h"

#define SPLIT_AT_BYTES 1400 /* about what fits into one segment on the way */

static bool is_tls13_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return tls_inquiry_speaks_tls13(inquiry) && inquiry->found->completed;
}

static void make_hybrid(const struct tls_inquiry *inquiry, const struct tls_question *question,
                        struct hello_request *hello)
{
    (void)question;
    const struct hello_list hybrid = {.codes = {HELLO_X25519MLKEM768}, .count = 1};
    tls_offer_groups(inquiry, &hybrid, hello);
    hello->follow_retry = inquiry->request->depth == TLS_PROBE_ALL;
}

static enum tls_post_quantum judge_hybrid(const struct hello_result *result)
{
    bool asked_for_it = result->answer.group == HELLO_X25519MLKEM768;
    switch (result->outcome) {
    case HELLO_TAKEN:
        return result->retried && asked_for_it ? TLS_POST_QUANTUM_SUPPORTED : TLS_POST_QUANTUM_BROKEN;
    case HELLO_ASKED_AGAIN:
        return asked_for_it && !result->retried ? TLS_POST_QUANTUM_SUPPORTED : TLS_POST_QUANTUM_BROKEN;
    case HELLO_REFUSED:
        return result->retried ? TLS_POST_QUANTUM_BROKEN : TLS_POST_QUANTUM_NOT_SUPPORTED;
    case HELLO_CLOSED:
    case HELLO_RESET:
    case HELLO_SILENCE:
    case HELLO_NONSENSE:
        return TLS_POST_QUANTUM_BROKEN;
    case HELLO_NO_CONNECTION:
        break;
    }
    return TLS_POST_QUANTUM_UNKNOWN;
}

static void hear_hybrid(struct tls_inquiry *inquiry, const struct tls_question *question,
                        const struct hello_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    (void)question;
    found->post_quantum = judge_hybrid(result);
    enum tls_answer answer = found->post_quantum == TLS_POST_QUANTUM_UNKNOWN
                                 ? TLS_UNKNOWN
                                 : tls_answer_of(found->post_quantum == TLS_POST_QUANTUM_SUPPORTED);
    tls_finding_fill(&found->hybrid, result, answer);
    if (result->retried && found->post_quantum == TLS_POST_QUANTUM_BROKEN) {
        found->faults |= TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST;
    }
}

/* As a client offers it that has the hybrid: its share first, and that of X25519 behind. */
static void offer_first(struct hello_offer *offer, const struct hello_list *first)
{
    struct hello_list groups = *first;
    for (size_t i = 0; i < offer->groups.count && groups.count < HELLO_LIST_MAX; i++) {
        groups.codes[groups.count++] = offer->groups.codes[i];
    }
    offer->groups = groups;
    offer->key_shares = *first;
    offer->key_shares.codes[offer->key_shares.count++] = HELLO_X25519;
}

static const struct hello_list hybrid_first = {.codes = {HELLO_X25519MLKEM768}, .count = 1};
static const struct hello_list unknown_first = {.codes = {HELLO_UNKNOWN_GROUP}, .count = 1};
static const struct hello_list both_first = {.codes = {HELLO_UNKNOWN_GROUP, HELLO_X25519MLKEM768}, .count = 2};

static void make_large_hello(const struct tls_inquiry *inquiry, const struct tls_question *question,
                             struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_first(&hello->offer, &hybrid_first);
    hello->split_at = SPLIT_AT_BYTES;
}

static enum tls_answer is_taken(const struct hello_result *result)
{
    if (result->outcome == HELLO_NO_CONNECTION) {
        return TLS_UNKNOWN;
    }
    return tls_answer_of(result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN);
}

static void hear_large_hello(struct tls_inquiry *inquiry, const struct tls_question *question,
                             const struct hello_result *result)
{
    (void)question;
    tls_finding_fill(&inquiry->found->large_hello, result, is_taken(result));
}

static void make_unknown_share(const struct tls_inquiry *inquiry, const struct tls_question *question,
                               struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_first(&hello->offer, &unknown_first);
}

static void hear_unknown_share(struct tls_inquiry *inquiry, const struct tls_question *question,
                               const struct hello_result *result)
{
    (void)question;
    tls_finding_fill(&inquiry->found->unknown_share, result, is_taken(result));
}

/* A server that bears both at once has neither fault; else each is asked for alone. */
static void make_shares(const struct tls_inquiry *inquiry, const struct tls_question *question,
                        struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_first(&hello->offer, &both_first);
    hello->split_at = SPLIT_AT_BYTES;
}

static void hear_shares(struct tls_inquiry *inquiry, const struct tls_question *question,
                        const struct hello_result *result)
{
    if (is_taken(result) == TLS_YES) {
        hear_large_hello(inquiry, question, result);
        hear_unknown_share(inquiry, question, result);
    }
}

static bool is_large_hello_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_tls13_due(inquiry, question) && !inquiry->found->large_hello.asked;
}

static bool is_unknown_share_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_tls13_due(inquiry, question) && !inquiry->found->unknown_share.asked;
}

static void make_retry(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello)
{
    (void)inquiry, (void)question;
    hello->offer.key_shares.count = 0;
    hello->follow_retry = true;
}

static void hear_retry(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result)
{
    (void)question;
    enum tls_answer answer = result->outcome == HELLO_NO_CONNECTION
                                 ? TLS_UNKNOWN
                                 : tls_answer_of(result->outcome == HELLO_TAKEN && result->retried);
    tls_finding_fill(&inquiry->found->retry, result, answer);
}

const struct tls_question tls_ask_hybrid =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_DEFAULT, is_tls13_due, make_hybrid, hear_hybrid, 2);
const struct tls_question tls_ask_shares =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_tls13_due, make_shares, hear_shares, 1);
const struct tls_question tls_ask_large_hello =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_large_hello_due, make_large_hello, hear_large_hello, 1);
const struct tls_question tls_ask_unknown_share =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_unknown_share_due, make_unknown_share, hear_unknown_share, 1);
const struct tls_question tls_ask_retry =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_tls13_due, make_retry, hear_retry, 2);
