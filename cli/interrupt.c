#include "cli/interrupt.h"

#include "cli/command.h"

#include <signal.h>
#include <unistd.h>

static interrupt_stop *volatile gentle_stop; /* NULL: none is wanted */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    /* The store survives a death between any two instructions. */
    if (gentle_stop == NULL || caught != 0) {
        _exit(EXIT_SIGNAL_BASE + number);
    }
    caught = number;
    gentle_stop();
}

void interrupt_prepare(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void interrupt_gently(interrupt_stop *stop)
{
    gentle_stop = stop;
}

int interrupt_signal(void)
{
    return caught;
}
