#include "cli/progress.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INTERVAL_MS     100
#define DEFAULT_COLUMNS 80

static struct {
    bool enabled;
    bool shown;
    int64_t last_ms;
} state;

/* Log lines come from any thread, and take the progress line away. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void progress_start(const struct global_arguments *global)
{
    const char *terminal = getenv("TERM");
    bool dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    state.enabled = !global->quiet && !global->no_progress && !dumb && isatty(STDERR_FILENO);
}

bool progress_is_shown(void)
{
    return state.enabled;
}

void progress_clear(void)
{
    pthread_mutex_lock(&lock);
    if (state.shown) {
        fputs("\r\033[K", stderr);
        state.shown = false;
    }
    pthread_mutex_unlock(&lock);
}

static int terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}

void progress_text(const char *text)
{
    int64_t now_ms = clock_monotonic_ms();
    if (!state.enabled || (state.last_ms != 0 && now_ms - state.last_ms < INTERVAL_MS)) {
        return;
    }
    /* A line that wraps could not be taken back. */
    pthread_mutex_lock(&lock);
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, text);
    fflush(stderr);
    state.last_ms = now_ms;
    state.shown = true;
    pthread_mutex_unlock(&lock);
}
