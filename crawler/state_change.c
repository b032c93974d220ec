#include "crawler/state_change.h"

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/url.h"
#include "crawler/url_words.h"

#include <string.h>

/* Wherever they stand. */
static const char *const strong_phrases[] = {
    "logout",
    "log out",
    "logoff",
    "log off",
    "signout",
    "sign out",
    "signoff",
    "sign off",
    "delete",
    "del",
    "remove",
    "erase",
    "destroy",
    "purge",
    "wipe",
    "trash",
    "unsubscribe",
    "optout",
    "opt out",
    "deactivate",
    "uninstall",
    "unregister",
    "deregister",
    "unlink",
    "revoke",
    "terminate",
    "addtocart",
    "add to cart",
    "add cart",
    "addtobasket",
    "add to basket",
    "add to bag",
    "addtowishlist",
    "add to wishlist",
    "add to compare",
    "add to favorites",
    "add to favourites",
    "buynow",
    "buy now",
    "empty cart",
    "clear cart",
    "clear cache",
    "flush cache",
    "mark as read",
    "mark read",
    "markread",
    "switch user",
    "impersonate",
    "one click order",
    /* other languages */
    "abmelden",
    "ausloggen",
    "abbestellen",
    "entfernen",
    "l\xc3\xb6schen",
    "loeschen",
    "deconnexion",
    "d\xc3\xa9"
    "connexion",
    "supprimer",
    "desabonner",
    "se d\xc3\xa9"
    "connecter",
    "cerrar sesion",
    "cerrar sesi\xc3\xb3n",
    "eliminar",
    "borrar",
    "salir",
    "desconectar",
    "sair",
    "excluir",
    "elimina",
    "esci",
    "disconnetti",
    "uitloggen",
    "afmelden",
    "verwijderen",
    "wyloguj",
    "usun",
    "odhlasit",
    "smazat",
    "logga ut",
    "ta bort",
    "kirjaudu ulos",
    "cikis",
};

/* Whole segments, names and values; and within the value of a parameter that names an action. */
static const char *const weak_phrases[] = {
    "add",     "like",      "unlike",     "dislike",      "follow",   "unfollow", "vote",     "upvote",    "downvote",
    "rate",    "buy",       "pay",        "purchase",     "send",     "resend",   "submit",   "approve",   "reject",
    "accept",  "decline",   "confirm",    "cancel",       "activate", "enable",   "disable",  "reset",     "clear",
    "flush",   "ban",       "unban",      "block",        "unblock",  "mute",     "kick",     "publish",   "unpublish",
    "restore", "rollback",  "revert",     "restart",      "reboot",   "shutdown", "trigger",  "run",       "execute",
    "exec",    "invite",    "leave",      "claim",        "redeem",   "toggle",   "favorite", "favourite", "bookmark",
    "save",    "update",    "insert",     "drop",         "move",     "rename",   "merge",    "transfer",  "withdraw",
    "checkin", "subscribe", "unbookmark", "report abuse", "flag",     "mark",     "upload",   "import",    "rebuild",
    "reindex", "optimize",  "repair",     "place order",
};

/* Parameters whose value is what is to be done. */
static const char *const action_names[] = {
    "action",      "act",      "do",   "op",        "cmd",     "command", "task", "method",  "event",
    "func",        "function", "oper", "operation", "process", "job",     "verb", "handler", "callback action",
    "ajax action", "wc ajax",
};

/* Tokens against forgery, by the whole words of the parameter's name. */
static const char *const forgery_tokens[] = {
    "wpnonce",
    "nonce",
    "csrf",
    "xsrf",
    "csrf token",
    "csrftoken",
    "xsrf token",
    "authenticity token",
    "form key",
    "formkey",
    "sesskey",
    "form token",
    "security token",
    "anticsrf",
    "csrfmiddlewaretoken",
    "request token",
};

/* Scripts that work when asked. */
static const char *const scripts[] = {
    "wp-cron.php", "cron.php",    "xmlrpc.php",           "install.php",      "setup.php",
    "update.php",  "upgrade.php", "wp-comments-post.php", "wp-trackback.php", "admin-post.php",
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *find_phrase(struct slice words, const char *const *phrases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (url_words_have(words, phrases[i]))
            return phrases[i];
    }
    return NULL;
}

static const char *is_phrase(struct slice words, const char *const *phrases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (url_words_are(words, phrases[i]))
            return phrases[i];
    }
    return NULL;
}

/* Room to work in, kept from piece to piece. */
struct judge {
    struct buf decoded;
    struct buf words;
};

static struct slice words_of(struct judge *judge, struct slice text)
{
    buf_reset(&judge->words);
    url_words(&judge->words, text);
    return buf_slice(&judge->words);
}

/* Without ".php" and the like. */
static struct slice without_ending(struct slice segment)
{
    size_t dot = segment.len;
    while (dot > 0 && segment.ptr[dot - 1] != '.')
        dot--;
    return dot > 1 && segment.len - dot <= 5 ? slice_make(segment.ptr, dot - 1) : segment;
}

static const char *judge_segments(struct judge *judge, struct slice decoded)
{
    struct slice segment = SLICE_EMPTY;
    while (slice_next(&decoded, '/', &segment)) {
        const char *why = find_phrase(words_of(judge, segment), strong_phrases, COUNT(strong_phrases));
        if (why == NULL)
            why = is_phrase(words_of(judge, without_ending(segment)), weak_phrases, COUNT(weak_phrases));
        for (size_t i = 0; why == NULL && i < COUNT(scripts); i++) {
            if (slice_equal_nocase(segment, slice_of(scripts[i])))
                why = scripts[i];
        }
        if (why != NULL)
            return why;
    }
    return NULL;
}

static const char *judge_name(struct judge *judge, struct slice decoded, bool *names_action)
{
    struct slice words = words_of(judge, decoded);
    const char *why = find_phrase(words, strong_phrases, COUNT(strong_phrases));
    if (why == NULL)
        why = is_phrase(words, weak_phrases, COUNT(weak_phrases));
    if (why == NULL)
        why = is_phrase(words, forgery_tokens, COUNT(forgery_tokens));
    *names_action = is_phrase(words, action_names, COUNT(action_names)) != NULL;
    return why;
}

static const char *judge_parameter(struct judge *judge, struct slice parameter)
{
    bool names_action = false;
    size_t equals = slice_find_byte(parameter, '=');
    buf_reset(&judge->decoded);
    url_decode(&judge->decoded, slice_make(parameter.ptr, equals), true);
    const char *why = judge_name(judge, buf_slice(&judge->decoded), &names_action);
    if (why != NULL)
        return why;

    buf_reset(&judge->decoded);
    url_decode(&judge->decoded, slice_from(parameter, equals + 1), true);
    why = judge_segments(judge, buf_slice(&judge->decoded));
    if (why == NULL && names_action) {
        struct slice words = words_of(judge, buf_slice(&judge->decoded));
        why = find_phrase(words, weak_phrases, COUNT(weak_phrases));
    }
    return why;
}

static const char *judge_url(struct judge *judge, struct slice path_query)
{
    buf_reset(&judge->decoded);
    url_decode(&judge->decoded, url_path(path_query), false);
    const char *why = judge_segments(judge, buf_slice(&judge->decoded));

    struct slice query = url_query(path_query);
    struct slice parameter = SLICE_EMPTY;
    while (why == NULL && slice_next(&query, '&', &parameter)) {
        struct slice part = SLICE_EMPTY;
        while (why == NULL && slice_next(&parameter, ';', &part))
            why = judge_parameter(judge, part);
    }
    return why;
}

bool url_may_change_state(struct slice path_query, const char **why)
{
    struct judge judge;
    buf_init(&judge.decoded, 4u * LIMIT_URL_BYTES);
    buf_init(&judge.words, 8u * LIMIT_URL_BYTES);
    const char *word = judge_url(&judge, path_query);
    /* What could not be read is not fetched. */
    if (word == NULL && (judge.decoded.failed || judge.words.failed))
        word = "unreadable";
    buf_release(&judge.decoded);
    buf_release(&judge.words);
    if (why != NULL)
        *why = word;
    return word != NULL;
}
