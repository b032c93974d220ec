/* The ladder of modes of one hostname: where each mode stands, and what keeps it there. Reads a record, judges nothing.
 */
#ifndef ORIGINTLS_REPORTS_LADDER_H
#define ORIGINTLS_REPORTS_LADDER_H

#include "recommend/record.h"

enum rung_state {
    RUNG_TODAY,        /* in use, and nothing speaks against it */
    RUNG_TODAY_BROKEN, /* in use, but no longer works */
    RUNG_SAFE,         /* could be switched to */
    RUNG_HELD,         /* could be switched to, but the decision is to hold */
    RUNG_RULED_OUT,    /* a blocker stands in the way */
    RUNG_UNKNOWN,      /* neither shown to be safe nor ruled out */
    RUNG_WEAKER,       /* below today's mode: not looked at, never recommended */
    RUNG_NOT_ASKED     /* beyond the ceiling */
};

/* "today", "today_broken", "safe" ...: the names in the JSON. */
const char *rung_state_name(enum rung_state state);
/* For people: "in use today" ... */
const char *rung_state_phrase(enum rung_state state);

struct ladder {
    const struct hostname_record *hostname; /* borrowed */
    enum rung_state states[MODE_COUNT];
};

struct ladder ladder_of(const struct hostname_record *hostname);
/* The lowest rung that the blocker keeps from being used; MODE_NONE where that is none. */
enum mode ladder_lowest_rung(const struct ladder *ladder, const struct blocker *blocker);
/* Whether the blocker or warning belongs to the reasons of this rung. */
bool ladder_blocker_counts(const struct blocker *blocker, enum mode mode);
bool ladder_warning_counts(const struct warning *warning, enum rung_state state);

#endif
