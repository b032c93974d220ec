#include "crawler/state_change.h"

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/url.h"
#include "crawler/url_words.h"

#include <string.h>

/* Wherever they stand. */
static const struct url_phrase strong_phrases[] = {
    URL_PHRASE("abbestellen"),
    URL_PHRASE("abmelden"),
    URL_PHRASE("add cart"),
    URL_PHRASE("add to bag"),
    URL_PHRASE("add to basket"),
    URL_PHRASE("add to cart"),
    URL_PHRASE("add to compare"),
    URL_PHRASE("add to favorites"),
    URL_PHRASE("add to favourites"),
    URL_PHRASE("add to wishlist"),
    URL_PHRASE("addtobasket"),
    URL_PHRASE("addtocart"),
    URL_PHRASE("addtowishlist"),
    URL_PHRASE("afmelden"),
    URL_PHRASE("ausloggen"),
    URL_PHRASE("borrar"),
    URL_PHRASE("buy now"),
    URL_PHRASE("buynow"),
    URL_PHRASE("cerrar sesion"),
    URL_PHRASE("cerrar sesi\xc3\xb3n"),
    URL_PHRASE("cikis"),
    URL_PHRASE("clear cache"),
    URL_PHRASE("clear cart"),
    URL_PHRASE("deactivate"),
    URL_PHRASE("deconnexion"),
    URL_PHRASE("del"),
    URL_PHRASE("delete"),
    URL_PHRASE("deregister"),
    URL_PHRASE("desabonner"),
    URL_PHRASE("desconectar"),
    URL_PHRASE("destroy"),
    URL_PHRASE("disconnetti"),
    URL_PHRASE("d\xc3\xa9"
               "connexion"),
    URL_PHRASE("elimina"),
    URL_PHRASE("eliminar"),
    URL_PHRASE("empty cart"),
    URL_PHRASE("entfernen"),
    URL_PHRASE("erase"),
    URL_PHRASE("esci"),
    URL_PHRASE("excluir"),
    URL_PHRASE("flush cache"),
    URL_PHRASE("impersonate"),
    URL_PHRASE("kirjaudu ulos"),
    URL_PHRASE("loeschen"),
    URL_PHRASE("log off"),
    URL_PHRASE("log out"),
    URL_PHRASE("logga ut"),
    URL_PHRASE("logoff"),
    URL_PHRASE("logout"),
    URL_PHRASE("l\xc3\xb6schen"),
    URL_PHRASE("mark as read"),
    URL_PHRASE("mark read"),
    URL_PHRASE("markread"),
    URL_PHRASE("odhlasit"),
    URL_PHRASE("one click order"),
    URL_PHRASE("opt out"),
    URL_PHRASE("optout"),
    URL_PHRASE("purge"),
    URL_PHRASE("remove"),
    URL_PHRASE("revoke"),
    URL_PHRASE("sair"),
    URL_PHRASE("salir"),
    URL_PHRASE("se d\xc3\xa9"
               "connecter"),
    URL_PHRASE("sign off"),
    URL_PHRASE("sign out"),
    URL_PHRASE("signoff"),
    URL_PHRASE("signout"),
    URL_PHRASE("smazat"),
    URL_PHRASE("supprimer"),
    URL_PHRASE("switch user"),
    URL_PHRASE("ta bort"),
    URL_PHRASE("terminate"),
    URL_PHRASE("trash"),
    URL_PHRASE("uitloggen"),
    URL_PHRASE("uninstall"),
    URL_PHRASE("unlink"),
    URL_PHRASE("unregister"),
    URL_PHRASE("unsubscribe"),
    URL_PHRASE("usun"),
    URL_PHRASE("verwijderen"),
    URL_PHRASE("wipe"),
    URL_PHRASE("wyloguj"),
};

/* Whole segments, names and values; and within the value of a parameter that names an action. */
static const struct url_phrase weak_phrases[] = {
    URL_PHRASE("accept"),   URL_PHRASE("activate"),     URL_PHRASE("add"),         URL_PHRASE("approve"),
    URL_PHRASE("ban"),      URL_PHRASE("block"),        URL_PHRASE("bookmark"),    URL_PHRASE("buy"),
    URL_PHRASE("cancel"),   URL_PHRASE("checkin"),      URL_PHRASE("claim"),       URL_PHRASE("clear"),
    URL_PHRASE("confirm"),  URL_PHRASE("decline"),      URL_PHRASE("disable"),     URL_PHRASE("dislike"),
    URL_PHRASE("downvote"), URL_PHRASE("drop"),         URL_PHRASE("enable"),      URL_PHRASE("exec"),
    URL_PHRASE("execute"),  URL_PHRASE("favorite"),     URL_PHRASE("favourite"),   URL_PHRASE("flag"),
    URL_PHRASE("flush"),    URL_PHRASE("follow"),       URL_PHRASE("import"),      URL_PHRASE("insert"),
    URL_PHRASE("invite"),   URL_PHRASE("kick"),         URL_PHRASE("leave"),       URL_PHRASE("like"),
    URL_PHRASE("mark"),     URL_PHRASE("merge"),        URL_PHRASE("move"),        URL_PHRASE("mute"),
    URL_PHRASE("optimize"), URL_PHRASE("pay"),          URL_PHRASE("place order"), URL_PHRASE("publish"),
    URL_PHRASE("purchase"), URL_PHRASE("rate"),         URL_PHRASE("reboot"),      URL_PHRASE("rebuild"),
    URL_PHRASE("redeem"),   URL_PHRASE("reindex"),      URL_PHRASE("reject"),      URL_PHRASE("rename"),
    URL_PHRASE("repair"),   URL_PHRASE("report abuse"), URL_PHRASE("resend"),      URL_PHRASE("reset"),
    URL_PHRASE("restart"),  URL_PHRASE("restore"),      URL_PHRASE("revert"),      URL_PHRASE("rollback"),
    URL_PHRASE("run"),      URL_PHRASE("save"),         URL_PHRASE("send"),        URL_PHRASE("shutdown"),
    URL_PHRASE("submit"),   URL_PHRASE("subscribe"),    URL_PHRASE("toggle"),      URL_PHRASE("transfer"),
    URL_PHRASE("trigger"),  URL_PHRASE("unban"),        URL_PHRASE("unblock"),     URL_PHRASE("unbookmark"),
    URL_PHRASE("unfollow"), URL_PHRASE("unlike"),       URL_PHRASE("unpublish"),   URL_PHRASE("update"),
    URL_PHRASE("upload"),   URL_PHRASE("upvote"),       URL_PHRASE("vote"),        URL_PHRASE("withdraw"),
};

/* Parameters whose value is what is to be done. */
static const struct url_phrase action_names[] = {
    URL_PHRASE("act"),     URL_PHRASE("action"),   URL_PHRASE("ajax action"), URL_PHRASE("callback action"),
    URL_PHRASE("cmd"),     URL_PHRASE("command"),  URL_PHRASE("do"),          URL_PHRASE("event"),
    URL_PHRASE("func"),    URL_PHRASE("function"), URL_PHRASE("handler"),     URL_PHRASE("job"),
    URL_PHRASE("method"),  URL_PHRASE("op"),       URL_PHRASE("oper"),        URL_PHRASE("operation"),
    URL_PHRASE("process"), URL_PHRASE("task"),     URL_PHRASE("verb"),        URL_PHRASE("wc ajax"),
};

/* Tokens against forgery, by the whole words of the parameter's name. */
static const struct url_phrase forgery_tokens[] = {
    URL_PHRASE("anticsrf"),
    URL_PHRASE("authenticity token"),
    URL_PHRASE("csrf"),
    URL_PHRASE("csrf token"),
    URL_PHRASE("csrfmiddlewaretoken"),
    URL_PHRASE("csrftoken"),
    URL_PHRASE("form key"),
    URL_PHRASE("form token"),
    URL_PHRASE("formkey"),
    URL_PHRASE("nonce"),
    URL_PHRASE("request token"),
    URL_PHRASE("security token"),
    URL_PHRASE("sesskey"),
    URL_PHRASE("wpnonce"),
    URL_PHRASE("xsrf"),
    URL_PHRASE("xsrf token"),
};

/* Scripts that work when asked. */
static const char *const scripts[] = {
    "wp-cron.php", "cron.php",    "xmlrpc.php",           "install.php",      "setup.php",
    "update.php",  "upgrade.php", "wp-comments-post.php", "wp-trackback.php", "admin-post.php",
};

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
        const char *why = url_words_find(words_of(judge, segment), strong_phrases, URL_PHRASE_COUNT(strong_phrases));
        if (why == NULL)
            why = url_words_are_one_of(words_of(judge, without_ending(segment)), weak_phrases,
                                       URL_PHRASE_COUNT(weak_phrases));
        for (size_t i = 0; why == NULL && i < sizeof scripts / sizeof *scripts; i++) {
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
    const char *why = url_words_find(words, strong_phrases, URL_PHRASE_COUNT(strong_phrases));
    if (why == NULL)
        why = url_words_are_one_of(words, weak_phrases, URL_PHRASE_COUNT(weak_phrases));
    if (why == NULL)
        why = url_words_are_one_of(words, forgery_tokens, URL_PHRASE_COUNT(forgery_tokens));
    *names_action = url_words_are_one_of(words, action_names, URL_PHRASE_COUNT(action_names)) != NULL;
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
        why = url_words_find(words, weak_phrases, URL_PHRASE_COUNT(weak_phrases));
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

bool url_state_words_are_sorted(void)
{
    return url_phrases_are_sorted(strong_phrases, URL_PHRASE_COUNT(strong_phrases)) &&
           url_phrases_are_sorted(weak_phrases, URL_PHRASE_COUNT(weak_phrases)) &&
           url_phrases_are_sorted(action_names, URL_PHRASE_COUNT(action_names)) &&
           url_phrases_are_sorted(forgery_tokens, URL_PHRASE_COUNT(forgery_tokens));
}
