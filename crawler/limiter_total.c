#include "crawler/limiter_total.h"

/* Share of a second for which bytes that were not spent may be saved up. */
#define BYTES_SAVED_S 0.1
/* How much the latest request counts in what the next one is expected to cost. */
#define LATEST_WEIGHT (1.0 / 16)

static int64_t spacing_us(const struct limiter_total *total, double per_second)
{
    return per_second > 0 ? (int64_t)(1e6 * total->parts / per_second) : 0;
}

static int64_t until_ms(int64_t next_us, int64_t now_ms)
{
    int64_t wait_us = next_us - now_ms * 1000;
    /* Those of the whole millisecond that has begun may go. */
    return wait_us < 1000 ? 0 : wait_us / 1000;
}

static double bytes_per_ms(const struct limiter_total *total)
{
    return total->bounds.bytes_per_second / total->parts / 1000;
}

static void refill(struct limiter_total *total, int64_t now_ms)
{
    double most = bytes_per_ms(total) * 1000 * BYTES_SAVED_S;
    if (now_ms * 1000 > total->balance_us) {
        total->byte_balance += bytes_per_ms(total) * (double)(now_ms - total->balance_us / 1000);
        total->balance_us = now_ms * 1000;
    }
    total->byte_balance = total->byte_balance > most ? most : total->byte_balance;
}

static int64_t bytes_wait_ms(struct limiter_total *total, int64_t now_ms)
{
    if (total->bounds.bytes_per_second <= 0) {
        return 0;
    }
    refill(total, now_ms);
    return total->byte_balance >= 0 ? 0 : (int64_t)(-total->byte_balance / bytes_per_ms(total)) + 1;
}

int64_t limiter_total_wait_ms(struct limiter_total *total, bool new_connection, int64_t now_ms)
{
    int64_t wait_ms = bytes_wait_ms(total, now_ms);
    int64_t request_ms = total->bounds.requests_per_second > 0 ? until_ms(total->next_request_us, now_ms) : 0;
    int64_t connection_ms =
        new_connection && total->bounds.connections_per_second > 0 ? until_ms(total->next_connection_us, now_ms) : 0;
    wait_ms = request_ms > wait_ms ? request_ms : wait_ms;
    return connection_ms > wait_ms ? connection_ms : wait_ms;
}

static void space(int64_t *next_us, int64_t spacing, int64_t now_ms)
{
    *next_us = (*next_us > now_ms * 1000 ? *next_us : now_ms * 1000) + spacing;
}

void limiter_total_connect(struct limiter_total *total, int64_t now_ms)
{
    space(&total->next_connection_us, spacing_us(total, total->bounds.connections_per_second), now_ms);
}

void limiter_total_begin(struct limiter_total *total, bool new_connection, int64_t now_ms)
{
    space(&total->next_request_us, spacing_us(total, total->bounds.requests_per_second), now_ms);
    if (new_connection) {
        limiter_total_connect(total, now_ms);
    }
    total->byte_balance -= total->bytes_of_one;
    total->bytes_reserved += total->bytes_of_one;
    total->requests_under_way++;
}

void limiter_total_spend(struct limiter_total *total, uint64_t bytes)
{
    total->byte_balance -= (double)bytes;
    total->bytes_of_one += ((double)bytes - total->bytes_of_one) * LATEST_WEIGHT;
}

void limiter_total_end(struct limiter_total *total)
{
    if (total->requests_under_way == 0) {
        return;
    }
    /* Which request had reserved what is not kept: over all of them it comes to the same. */
    double share = total->bytes_reserved / total->requests_under_way;
    total->bytes_reserved -= share;
    total->byte_balance += share;
    total->requests_under_way--;
}
