/* SHA-256 of what a decision was made on, so that the ledger can tell whether it is still the same. */
#ifndef ORIGINTLS_SCAN_EVIDENCE_DIGEST_H
#define ORIGINTLS_SCAN_EVIDENCE_DIGEST_H

#include "base/digest.h"
#include "db/store.h"
#include "recommend/observation.h"
#include "recommend/record.h"

/* Of everything in the record that a decision may look at: the same before it is stored and after it is read. */
int evidence_digest_hostname(const struct hostname_record *hostname, char digest[DIGEST_TEXT_BYTES], struct err *err);
/* Of an opt-out as it was asked for: texts may be NULL. */
int evidence_digest_opt_out(const struct store_opt_out *entry, char digest[DIGEST_TEXT_BYTES], struct err *err);
/* Of observations in the order of observation_compare. */
int evidence_digest_observations(const struct observation *observations, size_t count, char digest[DIGEST_TEXT_BYTES],
                                 struct err *err);

#endif
