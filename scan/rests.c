#include "scan/rests.h"

#include "crawler/fetch.h"

int64_t rest_of_response(const struct fetch_response *response)
{
    bool is_asked = response->outcome == FETCH_ANSWERED && (response->status == 429 || response->status == 503);
    if (!is_asked || response->retry_after_s <= 0) {
        return 0;
    }
    return response->retry_after_s < LIMIT_REST_SECONDS ? response->retry_after_s : LIMIT_REST_SECONDS;
}

static size_t find(const struct rests *rests, const struct address *address)
{
    size_t i = 0;
    while (i < rests->count && !address_equal(&rests->items[i].address, address)) {
        i++;
    }
    return i;
}

void rests_add(struct rests *rests, const struct address *address, int64_t until_s)
{
    size_t i = find(rests, address);
    if (i == LIMIT_RESTS) {
        return;
    }
    if (i == rests->count) {
        rests->items[rests->count++] = (struct rest){.address = *address};
    }
    if (until_s > rests->items[i].until_s) {
        rests->items[i].until_s = until_s;
    }
}

int64_t rests_until(const struct rests *rests, const struct address *address)
{
    size_t i = rests != NULL ? find(rests, address) : 0;
    return rests != NULL && i < rests->count ? rests->items[i].until_s : 0;
}
