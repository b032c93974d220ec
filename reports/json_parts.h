/* The JSON of the values that several reports print. Every key is always there; what is not known is null. */
#ifndef ORIGINTLS_REPORTS_JSON_PARTS_H
#define ORIGINTLS_REPORTS_JSON_PARTS_H

#include "base/json_writer.h"
#include "recommend/record.h"

void json_key_mode(struct json_writer *json, const char *key, enum mode mode);
void json_key_mode_set(struct json_writer *json, const char *key, mode_set modes);
void json_key_code(struct json_writer *json, const char *key, enum code code);
void json_key_texts(struct json_writer *json, const char *key, const char *const *texts, size_t count);
void json_key_decision(struct json_writer *json, const char *key, const struct decision *decision);
/* What was found and what is done about it, of a zone: status, modes, decision. */
void json_keys_outcome(struct json_writer *json, const struct scan_record *record);
/* Where an origin is: address and ports. */
void json_keys_address(struct json_writer *json, const struct origin_record *origin);
void json_key_confidence(struct json_writer *json, const char *key, const struct confidence *confidence);

/* null where none was seen. */
void json_key_certificate(struct json_writer *json, const char *key, const struct certificate_record *certificate);
void json_key_tls(struct json_writer *json, const char *key, const struct tls_record *tls);

#endif
