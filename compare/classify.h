/* What sort of page is this, when it is not a page of the site? Server defaults, placeholders, challenges and the like
 * are recognised by a table of phrases (classify_table.c), so that a verdict can name them.
 *
 * A class is a hint that explains a difference; it never makes two equal pages different. Every rule asks for a phrase
 * in the title, or for a short page, so that an article *about* a default page is not one.
 */
#ifndef ORIGINTLS_COMPARE_CLASSIFY_H
#define ORIGINTLS_COMPARE_CLASSIFY_H

#include "base/slice.h"

enum page_class {
    PAGE_ORDINARY,
    PAGE_SERVER_DEFAULT, /* "Welcome to nginx!", a server's own error page, a directory listing of an empty root */
    PAGE_PLACEHOLDER,    /* "coming soon", a hoster's page for a name that has no site yet */
    PAGE_SUSPENDED,      /* "this account has been suspended" */
    PAGE_PARKED,         /* a domain for sale, parking advertisements */
    PAGE_CHALLENGE,      /* a firewall's or bot check's interstitial, an access-denied page */
    PAGE_CAPTCHA,        /* a challenge that asks for a human */
    PAGE_MAINTENANCE,    /* "we will be back soon" */
    PAGE_SOFT_404,       /* "page not found", whatever the status says */
    PAGE_LOGIN_WALL      /* hardly anything but a password form */
};

/* "ordinary page", "server default page", ...: fit to follow "a" or "an" in a sentence. */
const char *page_class_name(enum page_class page_class);

/* Challenge, captcha and maintenance pages: something stands between us and the page. */
bool page_class_is_interference(enum page_class page_class);

/* What the classifier looks at. */
struct page_outline {
    struct slice title;      /* text of the first title element, decoded */
    struct slice text;       /* the beginning of the visible text, decoded, white space as it came */
    size_t word_count;       /* of the whole visible text */
    bool has_password_field; /* an input of type password */
    bool has_captcha;        /* a script, frame or element of a known captcha or challenge service */
};

/* `name`, where not NULL, is set to a static text that says what exactly was recognised ("nginx default page"), or
 * NULL. */
enum page_class page_classify(const struct page_outline *outline, const char **name);

#endif
