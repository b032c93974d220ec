#include "cli/opt_out_sources.h"

#include "base/hash.h"

#include <stdio.h>
#include <sys/stat.h>

#define DATABASE_SOURCE "database"

static int add_stored(void *context, const struct store_opt_out *entry, struct err *err)
{
    struct opt_out *list = context;
    char text[OPT_OUT_TEXT_BYTES];
    snprintf(text, sizeof text, "%s%s", entry->kind == OPT_OUT_HOST ? "host:" : "", entry->value);
    int64_t expires_s = entry->expires_s < 0 ? OPT_OUT_NEVER_EXPIRES : entry->expires_s;
    const char *source = entry->source != NULL ? entry->source : DATABASE_SOURCE;
    return opt_out_add(list, slice_of(text), expires_s, entry->reason, source, err) == 0
               ? 0
               : err_prefix(err, "opt-out in the database");
}

struct opt_out *opt_out_sources_load(struct store *store, const struct option_list *files, struct err *err)
{
    struct opt_out *list = opt_out_new(err);
    if (list == NULL) {
        return NULL;
    }
    if (store != NULL && store_each_opt_out(store, add_stored, list, err) != 0) {
        goto fail;
    }
    for (size_t i = 0; i < files->count; i++) {
        if (opt_out_load(list, files->items[i], err) != 0) {
            goto fail;
        }
    }
    opt_out_finish(list);
    return list;
fail:
    opt_out_free(list);
    return NULL;
}

int opt_out_sources_mark(struct store *store, const struct option_list *files, uint64_t *mark, struct err *err)
{
    *mark = 0;
    for (size_t i = 0; i < files->count; i++) {
        struct stat state = {.st_size = -1};
        if (slice_equal(slice_of(files->items[i]), SLICE("-"))) {
            *mark = 0;
            return 0;
        }
        if (stat(files->items[i], &state) == 0) {
            *mark = hash_mix(hash_mix(*mark, (uint64_t)state.st_ino), (uint64_t)state.st_mtim.tv_sec);
            *mark = hash_mix(*mark, (uint64_t)state.st_mtim.tv_nsec);
        }
        *mark = hash_mix(*mark, (uint64_t)state.st_size);
    }
    uint64_t stored = 0;
    int result = store_opt_outs_mark(store, &stored, err);
    *mark = hash_mix(*mark, stored);
    return result;
}
