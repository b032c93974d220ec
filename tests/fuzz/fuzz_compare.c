/* The judgement of two hostile bodies.
 *
 * Input: one byte of flags (1: the third and fourth part are second fetches; 2: an https page; 4..: the content types),
 * then up to four bodies between 0xff 0xfe 0xff. */
#include "compare/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "invariant broken: %s\n", what);
        abort();
    }
}

static bool is_share(double value)
{
    return value >= 0.0 && value <= 1.0;
}

static void check(const struct compare_result *result)
{
    require(is_share(result->text_similarity) && is_share(result->structure_similarity), "similarities are shares");
    require(is_share(result->resource_similarity) && is_share(result->noise), "noise is a share");
    require(memchr(result->reason, '\0', sizeof result->reason) != NULL && result->reason[0] != '\0',
            "there is a reason");
    require(result->verdict <= COMPARE_UNSTABLE, "a known verdict");
}

static struct slice next_body(struct slice *rest)
{
    static const struct slice mark = {"\xff\xfe\xff", 3};
    size_t at = slice_find(*rest, mark);
    struct slice body = slice_make(rest->ptr, at);
    *rest = slice_from(*rest, at + (at < rest->len ? mark.len : 0));
    return body;
}

static void check_pair(const struct compare_response *r)
{
    struct pair_input in = {.a = r[0], .b = r[1], .again_a = &r[2], .again_b = &r[3]};
    struct pair_result out;
    pair_judge(&in, &out);
    require(out.next != PAIR_FETCH_AGAIN, "second fetches are enough");
    require(memchr(out.detail, '\0', sizeof out.detail) != NULL, "a detail that ends");
    require(out.usable || out.blocker == PAIR_BLOCKER_NONE, "what proves nothing blocks nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html",           "",
                                        "application/json",    "text/html; charset=shift_jis",
                                        "application/rss+xml", "text/javascript",
                                        "image/png",           "text/html; charset=utf-16"};
    if (size < 1) {
        return 0;
    }
    struct slice rest = slice_make((const char *)data + 1, size - 1);
    struct compare_response r[4];
    for (size_t i = 0; i < 4; i++) {
        r[i] = (struct compare_response){.outcome = EXCHANGE_ANSWERED,
                                         .status = 200,
                                         .https = (data[0] & 2) != 0,
                                         .content_type = slice_of(types[data[0] >> 2 & 7]),
                                         .body = next_body(&rest),
                                         .host = SLICE("a.example"),
                                         .path = SLICE("/"),
                                         .retry_after_s = -1};
    }
    struct compare_result forth, back, itself;
    bool again = (data[0] & 1) != 0;
    compare_bodies(&r[0], &r[1], again ? &r[2] : NULL, again ? &r[3] : NULL, &forth);
    compare_bodies(&r[1], &r[0], again ? &r[3] : NULL, again ? &r[2] : NULL, &back);
    compare_bodies(&r[0], &r[0], NULL, NULL, &itself);
    check(&forth);
    check(&back);
    require(itself.verdict == COMPARE_SAME, "a body is itself");
    require(forth.text_similarity == back.text_similarity && forth.noise == back.noise, "sides may be swapped");
    require(forth.verdict == back.verdict || forth.downgraded + forth.upgraded > 0, "but for directions");
    check_pair(r);
    return 0;
}
