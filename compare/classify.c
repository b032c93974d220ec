#include "compare/classify.h"

#include "compare/classify_table.h"
#include "compare/constants.h"

const char *page_class_name(enum page_class page_class)
{
    switch (page_class) {
    case PAGE_ORDINARY:
        return "ordinary page";
    case PAGE_SERVER_DEFAULT:
        return "server's default page";
    case PAGE_PLACEHOLDER:
        return "placeholder page";
    case PAGE_SUSPENDED:
        return "suspended-account page";
    case PAGE_PARKED:
        return "parked-domain page";
    case PAGE_CHALLENGE:
        return "firewall's challenge or block page";
    case PAGE_CAPTCHA:
        return "captcha";
    case PAGE_MAINTENANCE:
        return "maintenance page";
    case PAGE_SOFT_404:
        return "\"not found\" page";
    case PAGE_LOGIN_WALL:
        return "login page";
    }
    return "unknown";
}

bool page_class_is_interference(enum page_class page_class)
{
    return page_class == PAGE_CHALLENGE || page_class == PAGE_CAPTCHA || page_class == PAGE_MAINTENANCE;
}

static bool holds(struct slice text, const char *phrase)
{
    return slice_find(text, slice_of(phrase)) < text.len;
}

static bool matches(const struct class_rule *rule, const struct page_outline *outline)
{
    if (outline->word_count > rule->most_words) {
        return false;
    }
    if (rule->title != NULL && !holds(outline->title, rule->title)) {
        return false;
    }
    return rule->text == NULL || (outline->word_count <= SHORT_PAGE_WORDS && holds(outline->text, rule->text));
}

enum page_class page_classify(const struct page_outline *outline, const char **name)
{
    const char *unused;
    name = name != NULL ? name : &unused;
    for (size_t i = 0; i < class_rule_count; i++) {
        if (matches(&class_rules[i], outline)) {
            *name = class_rules[i].name;
            return class_rules[i].page_class;
        }
    }
    *name = NULL;
    if (outline->has_captcha && outline->word_count <= CAPTCHA_PAGE_WORDS) {
        return PAGE_CAPTCHA;
    }
    return outline->has_password_field && outline->word_count <= LOGIN_PAGE_WORDS ? PAGE_LOGIN_WALL : PAGE_ORDINARY;
}
