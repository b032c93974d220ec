/* SIGINT and SIGTERM. */
#ifndef ORIGINTLS_CLI_INTERRUPT_H
#define ORIGINTLS_CLI_INTERRUPT_H

/* From now on either signal ends the program at once with the exit code of the contract (130, 143). */
void interrupt_prepare(void);
/* From now on the first signal calls `stop`, which must be safe in a signal handler; the second ends the program. */
typedef void interrupt_stop(void);
void interrupt_gently(interrupt_stop *stop);
/* The signal that came since, or 0. */
int interrupt_signal(void);

#endif
