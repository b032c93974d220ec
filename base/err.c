#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message may quote a file name or a line of input; neither may move the cursor of a terminal. */
static void neutralise(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

int err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    char message[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    neutralise(message);
    err->kind = kind;
    memcpy(err->message, message, sizeof message);
    return -1;
}

int err_set_errno(struct err *err, enum err_kind kind, const char *format, ...)
{
    int saved = errno;
    if (err == NULL) {
        return -1;
    }
    char what[sizeof err->message / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(err, kind, "%s: %s", what, strerror(saved));
}

int err_prefix(struct err *err, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    char what[sizeof err->message / 2];
    char old[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    memcpy(old, err->message, sizeof old);
    return err_set(err, err->kind, "%s: %s", what, old);
}

int err_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "out of memory");
}
