#include "tests/unit/scan/death.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int die_at_statement(unsigned type, void *context, void *statement, void *text)
{
    int *left = context;
    (void)type;
    (void)statement;
    (void)text;
    if ((*left)-- == 0) {
        raise(SIGKILL);
    }
    return 0;
}

bool death_at_statement(int statement, death_open *open_store, death_work *work, void *context)
{
    pid_t child = fork();
    if (child == 0) {
        struct store *store = open_store(context);
        sqlite3_trace_v2(store->db, SQLITE_TRACE_STMT, die_at_statement, &statement);
        _exit(work(context) == 0 ? 0 : 3);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    assert_true(killed || status == 0);
    return killed;
}
