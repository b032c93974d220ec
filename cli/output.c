#include "cli/output.h"

#include "base/log.h"
#include "base/utf8.h"
#include "cli/progress.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void output_prepare(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            /* Read-only, so that writing to it fails as it would have failed on the closed one. */
            (void)!open("/dev/null", O_RDONLY);
        }
    }
    signal(SIGPIPE, SIG_IGN);
}

int output_write(struct slice data, struct err *err)
{
    if (data.len > 0 && fwrite(data.ptr, 1, data.len, stdout) != data.len) {
        return err_set_errno(err, ERR_INTERNAL, "standard output");
    }
    return 0;
}

int output_write_buf(struct buf *buf, struct err *err)
{
    if (buf->failed) {
        return err_set(err, ERR_INTERNAL, "the output is too large for the memory");
    }
    int result = output_write(buf_slice(buf), err);
    buf_reset(buf);
    return result;
}

int output_finish(struct err *err)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return err_set_errno(err, ERR_INTERNAL, "standard output");
    }
    return 0;
}

static void write_line(const char *prefix, const char *text)
{
    struct buf line;
    buf_init(&line, 0);
    buf_printf(&line, "origintls: %s", prefix);
    utf8_append_visible(&line, slice_of(text));
    buf_append_byte(&line, '\n');
    progress_clear();
    fputs(buf_text(&line), stderr);
    buf_release(&line);
}

static void write_message(const char *message)
{
    write_line("", message);
}

static message_writer *writer = write_message;

void message_use(message_writer *write)
{
    writer = write;
}

void message_error(const char *message)
{
    writer(message);
}

static void show_log_line(void *context, enum log_level level, const char *line)
{
    (void)context;
    write_line(level == LOG_WARNING ? "warning: " : "", line);
}

void message_log_to_stderr(const struct global_arguments *global)
{
    enum log_level most_verbose = global->quiet          ? LOG_ERROR
                                  : global->verbose == 0 ? LOG_WARNING
                                  : global->verbose == 1 ? LOG_INFO
                                                         : LOG_DEBUG;
    log_set_sink(show_log_line, NULL, most_verbose);
}

bool output_wants_color(const struct global_arguments *global)
{
    if (global->color != COLOR_AUTO) {
        return global->color == COLOR_ALWAYS;
    }
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    bool dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    return (no_color == NULL || *no_color == '\0') && !dumb && isatty(STDOUT_FILENO);
}

int output_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
