#include "cli/process_limits.h"

#include "base/limits.h"

#include <signal.h>
#include <sys/resource.h>

void process_limits_prepare(void)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        rlim_t wanted = limit.rlim_max > LIMIT_OPEN_FILES ? LIMIT_OPEN_FILES : limit.rlim_max;
        limit.rlim_cur = wanted > limit.rlim_cur ? wanted : limit.rlim_cur;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

size_t process_limits_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    return limit.rlim_cur > LIMIT_OPEN_FILES ? LIMIT_OPEN_FILES : (size_t)limit.rlim_cur;
}
