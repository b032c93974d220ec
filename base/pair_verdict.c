#include "base/pair_verdict.h"

const char *pair_verdict_name(enum pair_verdict verdict)
{
    switch (verdict) {
    case PAIR_SAME:
        return "same";
    case PAIR_EQUIVALENT:
        return "equivalent";
    case PAIR_IMPROVED:
        return "improved";
    case PAIR_WEAK:
        return "weak";
    case PAIR_DIFFERENT:
        return "different";
    case PAIR_UNAVAILABLE:
        return "unavailable";
    case PAIR_INTERFERENCE:
        return "interference";
    case PAIR_UNSTABLE:
        return "unstable";
    case PAIR_UNUSABLE:
        return "unusable";
    }
    return "unusable";
}

bool pair_verdict_is_usable(enum pair_verdict verdict)
{
    return verdict == PAIR_SAME || verdict == PAIR_EQUIVALENT || verdict == PAIR_IMPROVED ||
           pair_verdict_is_against(verdict);
}

bool pair_verdict_is_against(enum pair_verdict verdict)
{
    return verdict == PAIR_DIFFERENT || verdict == PAIR_UNAVAILABLE;
}
