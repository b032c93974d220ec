#include "compare/judgement.h"

#include "compare/constants.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void conclude(struct compare_result *result, enum compare_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The sentence, and the numbers behind it. */
static void conclude(struct compare_result *result, enum compare_verdict verdict, const char *format, ...)
{
    result->verdict = verdict;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(result->reason, sizeof result->reason, format, args);
    va_end(args);
    size_t at = len < 0 ? 0 : (size_t)len;
    if (at < sizeof result->reason) {
        snprintf(result->reason + at, sizeof result->reason - at,
                 " (alike: text %.3f, structure %.3f, resources %.3f; noise %.3f; excess: text %.3f, structure %.3f, "
                 "resources %.3f)",
                 result->text.similarity, result->structure.similarity, result->resources.similarity, result->noise,
                 result->text.excess, result->structure.excess, result->resources.excess);
    }
}

static double text_excess_max(const struct judgement_input *in)
{
    return in->measured ? TEXT_EXCESS_MAX : TEXT_EXCESS_MAX_UNMEASURED;
}

/* What one side lacks has nothing in its place. */
static bool is_one_sided(const struct judgement_input *in)
{
    size_t a = in->text.only_a, b = in->text.only_b;
    size_t less = a < b ? a : b, more = a < b ? b : a;
    return less * TEXT_MISSING_AGAINST <= more;
}

/* Text that one side always has, and the other never, nor anything else in its place. */
static bool text_is_missing(const struct judgement_input *in)
{
    return in->measured && in->text.feature.excess > TEXT_MISSING_MAX && is_one_sided(in);
}

static const char *article(const char *noun)
{
    return strchr("aeiou", noun[0]) != NULL ? "an" : "a";
}

static bool conclude_class(const struct judgement_input *in, struct compare_result *result)
{
    if (result->class_a == result->class_b || result->text.similarity > CLASS_SIMILARITY_MAX ||
        in->text.feature.excess <= text_excess_max(in)) {
        return false;
    }
    bool b_is_odd = result->class_b != PAGE_ORDINARY;
    const char *class_name = page_class_name(b_is_odd ? result->class_b : result->class_a);
    const char *exactly = b_is_odd ? in->class_name_b : in->class_name_a;
    conclude(result, COMPARE_DIFFERENT, "only the %s side is %s %s%s%s%s", b_is_odd ? "new" : "present",
             article(class_name), class_name, exactly != NULL ? " (" : "", exactly != NULL ? exactly : "",
             exactly != NULL ? ")" : "");
    return true;
}

static bool conclude_no_text(const struct judgement_input *in, struct compare_result *result)
{
    if (slice_equal(in->no_text_a, in->no_text_b) || in->text.feature.excess <= text_excess_max(in)) {
        return false;
    }
    struct slice type = in->no_text_b.len > 0 ? in->no_text_b : in->no_text_a;
    conclude(result, COMPARE_DIFFERENT, "what the %s side sends as %s is %.*s",
             in->no_text_b.len > 0 ? "new" : "present", media_kind_name(in->kind), SLICE_ARG(type));
    return true;
}

static bool is_renamed(const struct judgement_input *in)
{
    return in->renamed_fields >= RENAMED_FIELDS ||
           (in->renamed_fields > 0 && in->text.feature.excess > TEXT_EXCESS_RENAMED);
}

static bool numbers_differ(const struct judgement_input *in)
{
    size_t changed = in->numbers.lost < in->numbers.gained ? in->numbers.lost : in->numbers.gained;
    return changed >= NUMBERS_CHANGED && in->numbers.feature.excess > NUMBERS_EXCESS_MAX;
}

static bool conclude_different(const struct judgement_input *in, struct compare_result *result)
{
    if (result->downgraded > 0) {
        conclude(
            result, COMPARE_DIFFERENT,
            "%u of the scripts, style sheets, frames and forms of this https page would be loaded over http, where "
            "browsers block them: %s",
            result->downgraded, in->downgraded_example);
    } else if (conclude_class(in, result)) {
        return true;
    } else if (conclude_no_text(in, result)) {
        return true;
    } else if (in->one_side_is_cut && in->text.feature.excess > TEXT_EXCESS_RENAMED) {
        conclude(result, COMPARE_DIFFERENT,
                 is_one_sided(in) ? "one side is cut off before its end"
                                  : "the text differs, and only one side ends its document");
    } else if (is_renamed(in)) {
        conclude(result, COMPARE_DIFFERENT,
                 "the pages call themselves something else: %u of title, address and headings differ",
                 in->renamed_fields);
    } else if (in->text.feature.excess > text_excess_max(in)) {
        conclude(result, COMPARE_DIFFERENT, "the %s differs", media_kind_is_text(in->kind) ? "text" : "content");
    } else if (text_is_missing(in)) {
        conclude(result, COMPARE_DIFFERENT, "some of the text is there on one side only");
    } else if (in->structure.feature.excess > STRUCTURE_EXCESS_MAX) {
        conclude(result, COMPARE_DIFFERENT, "the same text in another template");
    } else if (in->resources.feature.excess > RESOURCE_EXCESS_MAX) {
        conclude(result, COMPARE_DIFFERENT, "the pages load other scripts, styles, images or frames");
    } else if (in->measured && numbers_differ(in)) {
        conclude(result, COMPARE_DIFFERENT, "the same words with other numbers: %zu against %zu", in->numbers.lost,
                 in->numbers.gained);
    } else {
        return false;
    }
    return true;
}

static bool is_mostly_noise(const struct measure *m, double share)
{
    return m->all >= ELEMENTS_FLOOR && (double)m->stable < share * (double)m->all;
}

/* A page that changes as a whole from load to load is judged by what it calls itself and by its structure. */
static bool frame_is_the_same(const struct judgement_input *in)
{
    if (!media_kind_is_text(in->kind)) {
        return in->alike_in_length;
    }
    return in->structure.common > 0 && !is_mostly_noise(&in->structure, STRUCTURE_STABLE_SHARE_MIN) &&
           (in->equal_fields >= 2 || (in->equal_fields == 1 && in->resources.common >= 2));
}

static bool is_evident(const struct judgement_input *in)
{
    return in->text.feature.excess <= TEXT_EXCESS_EVIDENT && in->structure.feature.excess <= STRUCTURE_EXCESS_EVIDENT &&
           in->resources.feature.excess <= RESOURCE_EXCESS_EVIDENT && in->renamed_fields == 0 && !numbers_differ(in);
}

void judge_features(const struct judgement_input *in, struct compare_result *result)
{
    if (conclude_different(in, result)) {
        result->needs_again = !in->measured;
        return;
    }
    if (is_mostly_noise(&in->text, STABLE_SHARE_MIN) && !frame_is_the_same(in)) {
        conclude(result, COMPARE_UNSTABLE, "hardly anything of it stays from load to load");
        return;
    }
    result->needs_again = !in->measured && !is_evident(in);
    conclude(result, COMPARE_EQUIVALENT, "%s",
             result->text.similarity >= 1.0 ? "the same to a visitor"
                                            : "what differs is small or changes with every load");
}
