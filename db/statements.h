/* Every SQL statement that the store runs, by name. The texts are in statements.c, in the same order. */
#ifndef ORIGINTLS_DB_STATEMENTS_H
#define ORIGINTLS_DB_STATEMENTS_H

enum statement {
    BEGIN_WRITE,
    BEGIN_READ,
    COMMIT,
    ROLLBACK,
    /* identities */
    FIND_ZONE,
    ADD_ZONE,
    FIND_HOSTNAME,
    ADD_HOSTNAME,
    FIND_ORIGIN,
    ADD_ORIGIN,
    FIND_CERTIFICATE,
    ADD_CERTIFICATE,
    FIND_TLS_FACTS,
    ADD_TLS_FACTS,
    /* a scan */
    ADD_SCAN,
    SET_LATEST_SCAN,
    ADD_RECOMMENDATION,
    ADD_DECISION,
    ADD_EVIDENCE,
    READ_EARLIER_EVIDENCE,
    FIND_FIRST_SEEN,
    ADD_BLOCKER,
    ADD_WARNING,
    ADD_PAIRS,
    ADD_PAIR_IN_FULL,
    READ_LATEST_SCAN,
    EACH_LATEST_SCAN,
    READ_RECOMMENDATIONS,
    READ_EVIDENCE,
    READ_BLOCKERS,
    READ_WARNINGS,
    READ_PAIRS,
    READ_PAIRS_IN_FULL,
    /* the inventory */
    CLEAR_INVENTORY,
    ADD_INVENTORY,
    ADD_INVENTORY_ORIGIN,
    READ_INVENTORY,
    READ_INVENTORY_ORIGINS,
    /* opt-outs */
    EACH_OPT_OUT,
    PUT_OPT_OUT,
    REMOVE_OPT_OUT,
    STATEMENT_COUNT
};

const char *statement_sql(enum statement which);

#endif
