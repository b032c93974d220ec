/* Our own failures.
 *
 * An error is what stops us from doing our job: a file that cannot be read, a database that is locked, no memory. What
 * an origin does wrong is never an error but a value.
 *
 * The error is the last parameter of every function that can fail. It is set where the failure happens, prefixed on the
 * way up with what was being done, and printed once, in cli/. Functions return 0 on success and -1 with `err` set, or a
 * pointer and NULL with `err` set. `err` may be NULL where the caller does not care.
 */
#ifndef ORIGINTLS_BASE_ERR_H
#define ORIGINTLS_BASE_ERR_H

enum err_kind {
    ERR_NONE = 0,
    ERR_INTERNAL,   /* our own failure: I/O, database, memory, a bug. Exit code 1 */
    ERR_USAGE,      /* a wrong option, an unreadable or malformed input. Exit code 2 */
    ERR_INTERRUPTED /* stopped by a signal */
};

struct err {
    enum err_kind kind;
    char message[1024]; /* one line, no final full stop, already safe for a terminal */
};

#define ERR_INIT {ERR_NONE, ""}

/* Sets kind and message; control characters that came in by an argument become '?'. Always returns -1, so that
 * `return err_set(err, ...)` reads well. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": " and strerror(errno) behind it. errno is read before anything else happens. */
int err_set_errno(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "out of memory", ERR_INTERNAL. Returns -1. */
int err_memory(struct err *err);

#endif
