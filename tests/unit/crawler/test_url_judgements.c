/* What a URL alone tells: whether it changes state, is private, is a trap, and which template made it. */
#include "base/buf.h"
#include "base/limits.h"
#include "crawler/crawl_trap.h"
#include "crawler/private_query.h"
#include "crawler/state_change.h"
#include "crawler/url_shape.h"
#include "crawler/url_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_state_change(void **state)
{
    (void)state;
    static const struct {
        const char *path_query;
        const char *why; /* NULL: harmless */
    } rows[] = {
        /* sessions */
        {"/logout", "logout"},
        {"/users/sign_out", "sign out"},
        {"/account/log-out.php", "log out"},
        {"/LogOut.aspx", "log out"},
        {"/wp-login.php?action=logout&_wpnonce=1", "logout"},
        {"/index.php?route=account/logout", "logout"},
        {"/?logout", "logout"},
        {"/?page=Special:UserLogout", "logout"},
        {"/konto/abmelden", "abmelden"},
        {"/l%C3%B6schen/5", "l\xc3\xb6schen"},
        /* taking away */
        {"/posts/5/delete", "delete"},
        {"/deleteUser/5", "delete"},
        {"/posts/5?_method=DELETE", "delete"},
        {"/posts?delete=5", "delete"},
        {"/posts?do=remove-item", "remove"},
        {"/%64elete/5", "delete"},
        {"/a/del/3", "del"},
        {"/blog/delete-key-on-keyboard", "delete"},
        {"/newsletter/unsubscribe?u=1", "unsubscribe"},
        {"/mail/opt-out", "opt out"},
        {"/cache/purge", "purge"},
        /* buying */
        {"/?add-to-cart=19", "add to cart"},
        {"/cart?addToCart=19", "add to cart"},
        {"/addtocart.php?id=1", "addtocart"},
        {"/cart/add?id=1", "add"},
        {"/cart/add/1", "add"},
        {"/checkout/buy-now/3", "buy now"},
        {"/wishlist/add.php?p=3", "add"},
        /* voting and the like */
        {"/post/3/like", "like"},
        {"/post/3?like=1", "like"},
        {"/post/3?action=like_post", "like"},
        {"/user/3/follow", "follow"},
        {"/poll?vote=2", "vote"},
        {"/notifications?do=mark_read", "mark read"},
        {"/orders/3/cancel", "cancel"},
        {"/register/confirm?x=1", "confirm"},
        /* tokens against forgery, and scripts that work */
        {"/x?_wpnonce=ab", "wpnonce"},
        {"/x?csrf_token=ab", "csrf token"},
        {"/checkout/cart/x/form_key/y?form_key=z", "form key"},
        {"/wp-cron.php?doing_wp_cron", "wp-cron.php"},
        {"/cron.php", "cron.php"},
        {"/xmlrpc.php?rsd", "xmlrpc.php"},
        /* innocent */
        {"/", NULL},
        {"/undeleted-scenes", NULL},
        {"/deleted", NULL},
        {"/services/removals", NULL},
        {"/login", NULL},
        {"/logistics", NULL},
        {"/signup", NULL},
        {"/cart", NULL},
        {"/checkout", NULL},
        {"/like-new-phones", NULL},
        {"/followers", NULL},
        {"/address", NULL},
        {"/additional-services", NULL},
        {"/blog/adding-value", NULL},
        {"/news/update-on-our-work", NULL},
        {"/updates", NULL},
        {"/products/buying-guide", NULL},
        {"/blog/how-to-vote", NULL},
        {"/payments", NULL},
        {"/runner", NULL},
        {"/import-export", NULL},
        {"/search?q=like+new", NULL},
        {"/shop?sort=price&page=2", NULL},
        {"/model/delta", NULL},
        {"/docs/moderation", NULL},
        {"/wp-login.php", NULL},
        {"/wp-login.php?action=lostpassword", NULL},
        {"/install", NULL},
        {"/announcements?id=5", NULL},
        {"/cron-jobs", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = NULL;
        bool refused = url_may_change_state(slice_of(rows[i].path_query), &why);
        if (refused != (rows[i].why != NULL) || (refused && strcmp(why, rows[i].why) != 0))
            fail_msg("%s: %s", rows[i].path_query, why != NULL ? why : "harmless");
    }
}

static void test_private(void **state)
{
    (void)state;
    static const struct {
        const char *path_query;
        bool private;
    } rows[] = {
        {"/?token=x", true},
        {"/?accessToken=x", true},
        {"/?api_key=x", true},
        {"/?PHPSESSID=x", true},
        {"/?e=someone@example.com", true},
        {"/?e=someone%40example.com", true},
        {"/?x=eyJhbGciOiJIUzI1NiJ9.e30.x", true},
        {"/?X-Amz-Signature=x", true},
        {"/?x=9f86d081884c7d659a2feaa0c55ad015", true},
        {"/?x=550e8400-e29b-41d4-a716-446655440000", true},
        {"/?x=4111111111111111", true},
        {"/?phone=1", true},
        {"/?utm_source=a&fbclid=b", true},
        {"/a;jsessionid=x", true},
        {"/?a=b;sid=x", true},
        {"/verify/9f86d081884c7d659a2feaa0c55ad015", true},
        {"/password/reset/Zm9vYmFyYmF6MTIz", true},
        {"/u/someone@example.com", true},
        {"/", false},
        {"/?", false},
        {"/search?q=red+shoes", false},
        {"/search?keyword=red", false},
        {"/shop?page=2&sort=price", false},
        {"/?product=my-product-2024-edition", false},
        {"/?id=123456", false},
        {"/?lang=de&v=1.2.3", false},
        {"/static/app.9f86d081884c7d659a2f.js", false},
        {"/?q=internationalization", false},
        {"/a@b/c", false},
        {"/?passenger=1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (query_may_be_private(slice_of(rows[i].path_query)) != rows[i].private)
            fail_msg("%s should %sbe private", rows[i].path_query, rows[i].private ? "" : "not ");
    }
}

static void test_traps(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *path_query;
        enum crawl_trap trap;
        const char *stem; /* NULL: there is none */
    } rows[] = {
        {"a plain path", "/a/b/c", CRAWL_TRAP_NONE, NULL},
        {"a segment twice", "/a/a", CRAWL_TRAP_NONE, NULL},
        {"a segment three times", "/a/a/a", CRAWL_TRAP_REPEATS, "/a/a"},
        {"two segments three times", "/x/a/b/a/b/a/b", CRAWL_TRAP_REPEATS, "/x/a/b/a/b"},
        {"three segments three times, something behind", "/a/b/c/a/b/c/a/b/c/x", CRAWL_TRAP_REPEATS, "/a/b/c/a/b/c"},
        {"twice is no loop", "/a/b/a/b", CRAWL_TRAP_NONE, NULL},
        {"the same name in several places", "/a/x/a/y/a/z", CRAWL_TRAP_NONE, NULL},
        {"empty segments do not count", "//////a", CRAWL_TRAP_NONE, NULL},
        {"16 segments", "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g", CRAWL_TRAP_NONE, NULL},
        {"17 segments", "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h", CRAWL_TRAP_DEEP, NULL},
        {"8 parameters", "/?1&2&3&4&5&6&7&8", CRAWL_TRAP_NONE, NULL},
        {"9 parameters", "/?1&2&3&4&5&6&7&8&9", CRAWL_TRAP_PARAMETERS, "/"},
        {"a session id in the path", "/a;jsessionid=12", CRAWL_TRAP_SESSION, "/a"},
        {"a session id in the query", "/a?x=1&PHPSESSID=12", CRAWL_TRAP_SESSION, "/a?x=1"},
        {"a folder three times", "/more/more/more/", CRAWL_TRAP_REPEATS, "/more/more/"},
        {"a loop behind empty segments, with a query", "//a//a/a?x", CRAWL_TRAP_REPEATS, "//a//a"},
        {"a session id alone in the query", "/a/?sid=12", CRAWL_TRAP_SESSION, "/a/"},
        {"session ids among others", "/a;v=1;jsessionid=12/b/?x=1&PHPSESSID=2&y&sid=3", CRAWL_TRAP_SESSION,
         "/a;v=1/b/?x=1&y"},
        {"a word that only begins alike", "/a?sidebar=1", CRAWL_TRAP_NONE, NULL},
        {"a mail address without mailto:", "/docs/pgsql-docs@lists.example.org", CRAWL_TRAP_MAIL_ADDRESS, NULL},
        {"somebody's page", "/@somebody", CRAWL_TRAP_NONE, NULL},
        {"a version", "/npm/vue@3.2.1", CRAWL_TRAP_NONE, NULL},
        {"a version that ends in letters", "/npm/package@1.0.0.tgz", CRAWL_TRAP_NONE, NULL},
        {"a picture of double size", "/img/logo@2x.png", CRAWL_TRAP_NONE, NULL},
        {"a picture with an @", "/img/icon@retina.png", CRAWL_TRAP_NONE, NULL},
        {"an @ and no domain", "/a@b", CRAWL_TRAP_NONE, NULL},
        {"a domain that ends with a dot", "/a@b.", CRAWL_TRAP_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice url = slice_of(rows[i].path_query);
        struct buf stem = {0};
        enum crawl_trap trap = crawl_trap_of(url);
        bool has_stem = crawl_trap_stem(trap, url, &stem);
        const char *expected = rows[i].stem != NULL ? rows[i].stem : "";
        if (trap != rows[i].trap || has_stem != (rows[i].stem != NULL) || strcmp(buf_text(&stem), expected) != 0)
            fail_msg("%s: %s is trap %d of '%s'", rows[i].sentence, rows[i].path_query, trap, buf_text(&stem));
        buf_release(&stem);
    }
}

static void test_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *path_query;
        const char *shape;
    } rows[] = {
        {"/", "/"},
        {"/login", "/login"},
        {"/a/b/", "/a/b/"},
        {"/item/123", "/item/0"},
        {"/item-123", "/item-0"},
        {"/news/2024-05-01/some-title.html", "/news/0-0-0/~.html"},
        {"/news/2024/05/other_title.html", "/news/0/0/~.html"},
        {"/img/9f86d081884c7d65.png", "/img/#.png"},
        {"/o/550e8400-e29b-41d4-a716-446655440000", "/o/#"},
        {"/deadbeef", "/deadbeef"},
        {"/app.9f86d081.js", "/~.js"},
        {"/jquery-3.7.1.min.js", "/~.js"},
        {"/a%20b", "/~"},
        {"/w/%E6%97%A5%E6%9C%AC%E8%AA%9E%E6%97%A5%E6%9C%AC%E8%AA%9E%E6%97%A5%E6%9C%AC%E8%AA%9E", "/w/~"},
        {"/p?b=1&a=2", "/p?a&b"},
        {"/p?a=3&b=1&a=2", "/p?a&b"},
        {"/p?id12=1", "/p?id0"},
        {"/p?", "/p"},
        {"/supercalifragilisticexpialidocious", "/~"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        url_shape_append(&out, slice_of(rows[i].path_query));
        if (strcmp(buf_text(&out), rows[i].shape) != 0)
            fail_msg("%s has the shape %s", rows[i].path_query, buf_text(&out));
        buf_release(&out);
    }
    assert_true(slice_equal(url_first_segment(SLICE("/shop/a/b?c/d")), SLICE("shop")));
    assert_int_equal(url_first_segment(SLICE("/shop?a/b")).len, 0);
    assert_int_equal(url_first_segment(SLICE("/")).len, 0);
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *path_query;
        bool dated;
    } rows[] = {
        {"/calendar/2024-05-01", true},
        {"/calendar/2024/05/01", true},
        {"/2024/05/", true},
        {"/20240501", true},
        {"/?date=2024-05", true},
        {"/?year=2031&month=2", true},
        {"/?page=2024", false},
        {"/2024", false},
        {"/item/2024", false},
        {"/2024/05/a-title", false},
        {"/?id=99999999", false},
        {"/a/05/01", false},
        {"/", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (url_is_dated(slice_of(rows[i].path_query)) != rows[i].dated)
            fail_msg("%s", rows[i].path_query);
    }
}

static void test_tables_can_be_searched(void **state)
{
    (void)state;
    static const struct url_phrase wrong[] = {URL_PHRASE("a b"), URL_PHRASE("a")};
    assert_false(url_phrases_are_sorted(wrong, URL_PHRASE_COUNT(wrong)));
    assert_true(url_state_words_are_sorted());
    assert_true(query_words_are_sorted());
}

/* The longest URL there may be, made of what costs most. */
static void test_long_urls(void **state)
{
    (void)state;
    static const char *const pieces[] = {"/a", "a/", "%2f", "del", "&a=", "-1", "@.", ";=", "%", "A"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct buf url = {0};
        buf_append_byte(&url, '/');
        while (url.len < LIMIT_URL_BYTES - 4)
            buf_append_text(&url, pieces[i]);
        struct buf out = {0};
        url_may_change_state(buf_slice(&url), NULL);
        query_may_be_private(buf_slice(&url));
        url_is_dated(buf_slice(&url));
        crawl_trap_stem(crawl_trap_of(buf_slice(&url)), buf_slice(&url), &out);
        assert_true(out.len <= url.len);
        buf_reset(&out);
        url_shape_append(&out, buf_slice(&url));
        assert_true(out.len <= url.len);
        buf_release(&out);
        buf_release(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_change),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_traps),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_long_urls),
        cmocka_unit_test(test_tables_can_be_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
