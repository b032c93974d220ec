/* What the behaviours are put together from. */
#ifndef ORIGINTLS_TESTS_LAB_ANSWER_PARTS_H
#define ORIGINTLS_TESTS_LAB_ANSWER_PARTS_H

#include "tests/lab/answer.h"

/* The document of `content` at the request's path, or its 404 page. */
void answer_content(const struct request *request, const struct content *content, unsigned dress,
                    struct response *response);
/* A page in the site's template. */
void answer_message(const struct request *request, int status, const char *title, const char *text,
                    struct response *response);

/* Appends a gzip file (RFC 1952) of stored, uncompressed blocks: what a client has to unpack, made without zlib. */
void gzip_stored(struct slice content, struct buf *out);
/* Appends the head of a gzip file; then any number of gzip_zeros(). The file never ends. */
void gzip_open(struct buf *out);
/* Appends some 16 kB of deflate (RFC 1951, fixed codes) that unpack to 158 times as many zero bytes. */
void gzip_zeros(struct buf *out);

#endif
