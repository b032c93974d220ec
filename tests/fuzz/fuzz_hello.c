/* The reader of a server's first flight on hostile bytes.
 *
 * Input: one byte for the size of the pieces in which the rest is read. */
#include "base/limits.h"
#include "crawler/hello.h"

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

static void read_in_pieces(struct hello_reader *reader, struct slice bytes, size_t piece)
{
    hello_reader_init(reader);
    for (size_t at = 0; at < bytes.len; at += piece) {
        hello_reader_feed(reader, slice_make(bytes.ptr + at, bytes.len - at < piece ? bytes.len - at : piece));
    }
}

static bool lies_in(const struct buf *flight, struct slice part)
{
    return part.len == 0 || (part.ptr >= flight->data && part.ptr + part.len <= flight->data + flight->len);
}

static void check_answer(const struct hello_reader *reader)
{
    const struct hello_answer *answer = &reader->answer;
    bool picked = answer->kind == HELLO_SERVER_HELLO || answer->kind == HELLO_RETRY_REQUEST;
    require(reader->flight.len <= LIMIT_HELLO_ANSWER_BYTES, "the flight is bounded");
    require(lies_in(&reader->flight, answer->alpn) && lies_in(&reader->flight, answer->cookie) &&
                lies_in(&reader->flight, answer->certificate),
            "slices point into the flight");
    require(!picked || hello_version_name(answer->version) != NULL, "a known version was picked");
    require(answer->kind != HELLO_RETRY_REQUEST || answer->version == HELLO_TLS13, "only TLS 1.3 asks again");
    require(answer->kind != HELLO_NOT_TLS || reader->flight.len == 0, "other protocols are told by the first byte");
    require(!answer->plain_http || answer->kind == HELLO_NOT_TLS, "plain HTTP is no TLS");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct slice bytes = slice_make((const char *)data + 1, size - 1);
    struct hello_reader whole;
    struct hello_reader pieces;
    read_in_pieces(&whole, bytes, bytes.len > 0 ? bytes.len : 1);
    read_in_pieces(&pieces, bytes, (size_t)data[0] + 1);
    check_answer(&whole);
    check_answer(&pieces);
    require(whole.answer.kind == pieces.answer.kind && whole.answer.alert == pieces.answer.alert &&
                whole.answer.version == pieces.answer.version && whole.answer.cipher == pieces.answer.cipher &&
                whole.answer.group == pieces.answer.group && whole.answer.chain_count == pieces.answer.chain_count,
            "the pieces do not matter");
    if (whole.answer.kind == HELLO_RETRY_REQUEST) {
        struct hello_offer offer = hello_edge_offer(SLICE("www.example.com"));
        struct buf again = {0};
        hello_build_again(&offer, 1, whole.answer.group, whole.answer.cookie, &again);
        buf_release(&again);
    }
    hello_reader_release(&whole);
    hello_reader_release(&pieces);
    return 0;
}
