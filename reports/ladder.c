#include "reports/ladder.h"

#include <stddef.h>

const char *rung_state_name(enum rung_state state)
{
    switch (state) {
    case RUNG_TODAY:
        return "today";
    case RUNG_TODAY_BROKEN:
        return "today_broken";
    case RUNG_SAFE:
        return "safe";
    case RUNG_HELD:
        return "held";
    case RUNG_RULED_OUT:
        return "ruled_out";
    case RUNG_UNKNOWN:
        return "unknown";
    case RUNG_WEAKER:
        return "weaker_than_today";
    case RUNG_NOT_ASKED:
        return "not_asked";
    }
    return NULL;
}

const char *rung_state_phrase(enum rung_state state)
{
    switch (state) {
    case RUNG_TODAY:
        return "in use today";
    case RUNG_TODAY_BROKEN:
        return "in use today, but broken";
    case RUNG_SAFE:
        return "safe";
    case RUNG_HELD:
        return "safe, but held back";
    case RUNG_RULED_OUT:
        return "ruled out";
    case RUNG_UNKNOWN:
        return "no verdict";
    case RUNG_WEAKER:
        return "weaker than today, not looked at";
    case RUNG_NOT_ASKED:
        return "beyond the ceiling, not asked";
    }
    return NULL;
}

bool ladder_blocker_counts(const struct blocker *blocker, enum mode mode)
{
    return mode_set_has(blocker->rules_out, mode);
}

bool ladder_warning_counts(const struct warning *warning, enum rung_state state)
{
    return state == RUNG_TODAY_BROKEN && warning->code == CODE_CURRENT_MODE_BROKEN;
}

static bool is_broken_today(const struct hostname_record *hostname)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->warning_count; k++) {
            if (ladder_warning_counts(&origin->warnings[k], RUNG_TODAY_BROKEN)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_ruled_out(const struct hostname_record *hostname, enum mode mode)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t k = 0; k < origin->blocker_count; k++) {
            if (ladder_blocker_counts(&origin->blockers[k], mode)) {
                return true;
            }
        }
    }
    return false;
}

static enum rung_state state_of(const struct hostname_record *hostname, enum mode mode)
{
    if (mode == hostname->current_mode) {
        return is_broken_today(hostname) ? RUNG_TODAY_BROKEN : RUNG_TODAY;
    }
    if (mode < hostname->current_mode) {
        return RUNG_WEAKER;
    }
    if (mode > hostname->ceiling) {
        return RUNG_NOT_ASKED;
    }
    if (mode_set_has(hostname->safe_modes, mode)) {
        bool held = hostname->decision.action == ACTION_HOLD && mode == hostname->recommended_mode;
        return held ? RUNG_HELD : RUNG_SAFE;
    }
    return is_ruled_out(hostname, mode) ? RUNG_RULED_OUT : RUNG_UNKNOWN;
}

struct ladder ladder_of(const struct hostname_record *hostname)
{
    struct ladder ladder = {.hostname = hostname};
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        ladder.states[mode] = state_of(hostname, (enum mode)mode);
    }
    return ladder;
}

enum mode ladder_lowest_rung(const struct ladder *ladder, const struct blocker *blocker)
{
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        bool unusable = ladder->states[mode] == RUNG_RULED_OUT || ladder->states[mode] == RUNG_TODAY_BROKEN;
        if (unusable && ladder_blocker_counts(blocker, (enum mode)mode)) {
            return (enum mode)mode;
        }
    }
    return MODE_NONE;
}
