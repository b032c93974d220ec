#include "scan/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define MATCH_STEPS_MAX 100000

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
};

struct pattern *pattern_new(const char *text, struct err *err)
{
    int fault = 0;
    PCRE2_SIZE at = 0;
    struct pattern *pattern = calloc(1, sizeof *pattern);
    if (pattern == NULL) {
        err_memory(err);
        return NULL;
    }
    pattern->code = pcre2_compile((PCRE2_SPTR)text, strlen(text), PCRE2_CASELESS, &fault, &at, NULL);
    if (pattern->code == NULL) {
        PCRE2_UCHAR message[256];
        pcre2_get_error_message(fault, message, sizeof message);
        err_set(err, ERR_USAGE, "pattern '%s': %s at %zu", text, (const char *)message, (size_t)at);
        pattern_free(pattern);
        return NULL;
    }
    /* Where this processor has no JIT the interpreter does the same, ten times slower. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    if (pattern->match == NULL || pattern->context == NULL) {
        err_memory(err);
        pattern_free(pattern);
        return NULL;
    }
    pcre2_set_match_limit(pattern->context, MATCH_STEPS_MAX);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern != NULL) {
        pcre2_match_context_free(pattern->context);
        pcre2_match_data_free(pattern->match);
        pcre2_code_free(pattern->code);
        free(pattern);
    }
}

bool pattern_matches(const struct pattern *pattern, struct slice text)
{
    return pattern == NULL ||
           pcre2_match(pattern->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, pattern->match, pattern->context) >= 0;
}
