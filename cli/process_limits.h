/* What the system lets this process use. */
#ifndef ORIGINTLS_CLI_PROCESS_LIMITS_H
#define ORIGINTLS_CLI_PROCESS_LIMITS_H

#include <stddef.h>

/* Takes as many file descriptors as the system allows without asking (the soft limit becomes the hard one), and turns
 * the signal that comes with a file that grows beyond its limit into an error of the write. */
void process_limits_prepare(void);
/* How many files may be open at once. */
size_t process_limits_files(void);

#endif
