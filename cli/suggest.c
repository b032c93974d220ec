#include "cli/suggest.h"

#include <string.h>

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

unsigned edit_distance(struct slice a, struct slice b)
{
    unsigned rows[3][SUGGEST_WORD_BYTES + 1];
    unsigned *before = rows[0];
    unsigned *above = rows[1];
    unsigned *row = rows[2];
    if (a.len > SUGGEST_WORD_BYTES || b.len > SUGGEST_WORD_BYTES) {
        return SUGGEST_WORD_BYTES;
    }
    for (unsigned j = 0; j <= b.len; j++) {
        above[j] = j;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned replaced = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, replaced);
            bool swapped = i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (swapped && before[j - 2] + 1 < row[j]) {
                row[j] = before[j - 2] + 1;
            }
        }
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b.len];
}

void suggest_offer(struct suggestion *suggestion, const char *word)
{
    unsigned distance = edit_distance(suggestion->typed, slice_of(word));
    unsigned allowed = suggestion->typed.len <= 4 ? 1 : suggestion->typed.len <= 8 ? 2 : 3;
    bool better = suggestion->word == NULL || distance < suggestion->distance;
    if (distance <= allowed && better) {
        suggestion->word = word;
        suggestion->distance = distance;
    }
}
