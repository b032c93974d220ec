/* The certificate judgement on hostile chains and stapled responses.
 *
 * Input: one byte of flags (1: the last block is a stapled OCSP response; 2: the hostname is an address; 4: the first
 * pin is a constant one), then blocks: two bytes of length, big-endian, and as many bytes or what is left. */
#include "crawler/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX 24
#define TIME_S     1767225600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "invariant broken: %s\n", what);
        abort();
    }
}

static void require_safe(const char *text, size_t max)
{
    require(text != NULL, "a text is there");
    require(strlen(text) <= max, "a text is bounded");
    for (const char *c = text; *c != '\0'; c++) {
        require((unsigned char)*c >= 0x20 && *c != 0x7f, "a text is safe for a terminal");
    }
}

static void check_result(const struct certificate_result *result)
{
    const struct certificate_facts *facts = &result->facts;
    require(result->problems < 1u << CERTIFICATE_PROBLEM_COUNT, "only known problems");
    require((result->problems == 0) == (result->verdict == CERTIFICATE_PROBLEM_COUNT), "valid is valid");
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        bool holds = (result->problems & (1u << problem)) != 0;
        require(holds == (result->details[problem] != NULL), "a sentence for each problem");
        require(!holds || (int)result->verdict <= problem, "the verdict is the first problem");
        if (holds) {
            require_safe(result->details[problem], LIMIT_DETAIL_BYTES);
        }
    }
    require(result->problems != 0 || result->trust != TRUST_NONE, "what is valid is trusted");
    require(facts->name_count <= LIMIT_CERTIFICATE_NAMES && facts->name_count <= facts->names_total,
            "names are bounded");
    for (size_t i = 0; i < facts->name_count; i++) {
        require_safe(facts->names[i], LIMIT_HOSTNAME_BYTES + 2);
    }
    require_safe(facts->subject, 256);
    require_safe(facts->issuer, 256);
    require_safe(facts->key, 80);
    require_safe(facts->signature_algorithm, 80);
    require_safe(facts->aia_issuer_url, 512);
    require_safe(facts->ocsp_url, 512);
    require_safe(facts->serial, 80);
    require_safe(facts->spki_sha256, 44);
    require_safe(result->root, 256);
}

static size_t split(const uint8_t *data, size_t size, struct slice *blocks)
{
    size_t count = 0;
    size_t at = 0;
    while (count < BLOCKS_MAX && size - at >= 2) {
        size_t len = (size_t)data[at] << 8 | data[at + 1];
        at += 2;
        len = len < size - at ? len : size - at;
        blocks[count++] = slice_make((const char *)data + at, len);
        at += len;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trust *trust;
    static const struct certificate_pin pin;
    if (trust == NULL) {
        trust = trust_new(&(struct trust_options){.origin_ca = true}, NULL);
        require(trust != NULL, "the built-in roots can be read");
    }
    struct slice blocks[BLOCKS_MAX];
    uint8_t flags = size > 0 ? data[0] : 0;
    size_t count = size > 0 ? split(data + 1, size - 1, blocks) : 0;
    struct slice staple = SLICE_EMPTY;
    if ((flags & 1) != 0 && count > 0) {
        staple = blocks[--count];
    }
    struct certificate_result result;
    struct certificate_input input = {.chain = blocks,
                                      .chain_len = count,
                                      .hostname = (flags & 2) != 0 ? SLICE("192.0.2.1") : SLICE("www.example.com"),
                                      .trust = trust,
                                      .pins = &pin,
                                      .pin_count = (flags & 4) != 0 ? 1 : 0,
                                      .time_s = TIME_S,
                                      .stapled_ocsp = staple};
    if (certificate_judge(&input, &result, NULL) == 0) {
        check_result(&result);
    }
    certificate_result_release(&result);
    return 0;
}
