#include "crawler/certificate.h"

#define PREFIX "certificate_"

const char *certificate_problem_code(enum certificate_problem problem)
{
    switch (problem) {
    case CERTIFICATE_PIN_MISMATCH:
        return PREFIX "pin_mismatch";
    case CERTIFICATE_REVOKED:
        return PREFIX "revoked";
    case CERTIFICATE_EXPIRED:
        return PREFIX "expired";
    case CERTIFICATE_NOT_YET_VALID:
        return PREFIX "not_yet_valid";
    case CERTIFICATE_NAME_MISMATCH:
        return PREFIX "name_mismatch";
    case CERTIFICATE_SELF_SIGNED:
        return PREFIX "self_signed";
    case CERTIFICATE_CHAIN_INCOMPLETE:
        return PREFIX "chain_incomplete";
    case CERTIFICATE_UNTRUSTED:
        return PREFIX "untrusted";
    case CERTIFICATE_WEAK:
        return PREFIX "weak";
    case CERTIFICATE_INVALID:
        return PREFIX "invalid";
    case CERTIFICATE_PROBLEM_COUNT:
        break;
    }
    return PREFIX "valid";
}

const char *certificate_verdict_name(enum certificate_problem problem)
{
    return certificate_problem_code(problem) + sizeof PREFIX - 1;
}

const char *certificate_ocsp_name(enum certificate_ocsp ocsp)
{
    switch (ocsp) {
    case CERTIFICATE_OCSP_NONE:
        return "none";
    case CERTIFICATE_OCSP_GOOD:
        return "good";
    case CERTIFICATE_OCSP_REVOKED:
        return "revoked";
    case CERTIFICATE_OCSP_UNKNOWN:
        return "unknown";
    case CERTIFICATE_OCSP_STALE:
        return "stale";
    case CERTIFICATE_OCSP_UNUSABLE:
        break;
    }
    return "unusable";
}

const char *trust_kind_name(enum trust_kind kind)
{
    switch (kind) {
    case TRUST_NONE:
        break;
    case TRUST_PUBLIC:
        return "public";
    case TRUST_ORIGIN_CA:
        return "origin_ca";
    case TRUST_CUSTOM:
        return "custom";
    case TRUST_PINNED:
        return "pinned";
    }
    return "none";
}
