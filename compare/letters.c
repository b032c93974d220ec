#include "compare/letters.h"

#include <stddef.h>

struct range {
    uint32_t first, last;
    enum letter letter;
};

/* From U+0080 on, sorted; what stands in no range is a letter. After the blocks of Unicode 15. */
static const struct range ranges[] = {
    {0x80, 0xa9, LETTER_GAP},         {0xab, 0xac, LETTER_GAP},           {0xad, 0xad, LETTER_NOTHING},
    {0xae, 0xb4, LETTER_GAP},         {0xb6, 0xb9, LETTER_GAP},           {0xbb, 0xbf, LETTER_GAP},
    {0xd7, 0xd7, LETTER_GAP},         {0xf7, 0xf7, LETTER_GAP},           {0x34f, 0x34f, LETTER_NOTHING},
    {0x37e, 0x37e, LETTER_GAP},       {0x387, 0x387, LETTER_GAP},         {0x55a, 0x55f, LETTER_GAP},
    {0x589, 0x58a, LETTER_GAP},       {0x5be, 0x5be, LETTER_GAP},         {0x5c0, 0x5c0, LETTER_GAP},
    {0x5c3, 0x5c3, LETTER_GAP},       {0x5f3, 0x5f4, LETTER_GAP},         {0x600, 0x60f, LETTER_GAP},
    {0x61b, 0x61f, LETTER_GAP},       {0x640, 0x640, LETTER_NOTHING},     {0x660, 0x669, LETTER_DIGIT},
    {0x66a, 0x66d, LETTER_GAP},       {0x6d4, 0x6d4, LETTER_GAP},         {0x6f0, 0x6f9, LETTER_DIGIT},
    {0x964, 0x965, LETTER_GAP},       {0x966, 0x96f, LETTER_DIGIT},       {0x9e6, 0x9ef, LETTER_DIGIT},
    {0xa66, 0xa6f, LETTER_DIGIT},     {0xae6, 0xaef, LETTER_DIGIT},       {0xbe6, 0xbef, LETTER_DIGIT},
    {0xc66, 0xc6f, LETTER_DIGIT},     {0xce6, 0xcef, LETTER_DIGIT},       {0xd66, 0xd6f, LETTER_DIGIT},
    {0xe01, 0xe3a, LETTER_ALONE},     {0xe3f, 0xe3f, LETTER_GAP},         {0xe40, 0xe4e, LETTER_ALONE},
    {0xe4f, 0xe4f, LETTER_GAP},       {0xe50, 0xe59, LETTER_DIGIT},       {0xe5a, 0xe5b, LETTER_GAP},
    {0xe80, 0xecf, LETTER_ALONE},     {0xed0, 0xed9, LETTER_DIGIT},       {0xeda, 0xeff, LETTER_ALONE},
    {0xf20, 0xf29, LETTER_DIGIT},     {0x1000, 0x103f, LETTER_ALONE},     {0x1040, 0x1049, LETTER_DIGIT},
    {0x104a, 0x104f, LETTER_GAP},     {0x1050, 0x109f, LETTER_ALONE},     {0x1361, 0x1368, LETTER_GAP},
    {0x1780, 0x17d3, LETTER_ALONE},   {0x17d4, 0x17da, LETTER_GAP},       {0x17dc, 0x17dd, LETTER_ALONE},
    {0x17e0, 0x17e9, LETTER_DIGIT},   {0x180b, 0x180e, LETTER_NOTHING},   {0x2000, 0x200a, LETTER_GAP},
    {0x200b, 0x200f, LETTER_NOTHING}, {0x2010, 0x2029, LETTER_GAP},       {0x202a, 0x202e, LETTER_NOTHING},
    {0x202f, 0x205f, LETTER_GAP},     {0x2060, 0x206f, LETTER_NOTHING},   {0x2070, 0x20cf, LETTER_GAP},
    {0x2100, 0x2bff, LETTER_GAP},     {0x2e00, 0x2e7f, LETTER_GAP},       {0x2e80, 0x2fdf, LETTER_ALONE},
    {0x2ff0, 0x3004, LETTER_GAP},     {0x3005, 0x3007, LETTER_ALONE},     {0x3008, 0x3020, LETTER_GAP},
    {0x3021, 0x3029, LETTER_ALONE},   {0x302a, 0x3030, LETTER_GAP},       {0x3031, 0x3035, LETTER_ALONE},
    {0x3036, 0x3040, LETTER_GAP},     {0x3041, 0x309a, LETTER_ALONE},     {0x309b, 0x309c, LETTER_GAP},
    {0x309d, 0x309f, LETTER_ALONE},   {0x30a0, 0x30a0, LETTER_GAP},       {0x30a1, 0x30fa, LETTER_ALONE},
    {0x30fb, 0x30fb, LETTER_GAP},     {0x30fc, 0x312f, LETTER_ALONE},     {0x3190, 0x319f, LETTER_GAP},
    {0x31a0, 0x31ff, LETTER_ALONE},   {0x3200, 0x33ff, LETTER_GAP},       {0x3400, 0x9fff, LETTER_ALONE},
    {0xa980, 0xa9df, LETTER_WORD},    {0xa9e0, 0xa9ff, LETTER_ALONE},     {0xaa60, 0xaa7f, LETTER_ALONE},
    {0xe000, 0xf8ff, LETTER_GAP},     {0xf900, 0xfaff, LETTER_ALONE},     {0xfd3e, 0xfd3f, LETTER_GAP},
    {0xfe00, 0xfe0f, LETTER_NOTHING}, {0xfe10, 0xfe6f, LETTER_GAP},       {0xfeff, 0xfeff, LETTER_NOTHING},
    {0xff01, 0xff0f, LETTER_GAP},     {0xff10, 0xff19, LETTER_DIGIT},     {0xff1a, 0xff20, LETTER_GAP},
    {0xff3b, 0xff40, LETTER_GAP},     {0xff5b, 0xff65, LETTER_GAP},       {0xff66, 0xff9f, LETTER_ALONE},
    {0xffe0, 0xffff, LETTER_GAP},     {0x1b000, 0x1b16f, LETTER_ALONE},   {0x1f000, 0x1faff, LETTER_GAP},
    {0x20000, 0x3ffff, LETTER_ALONE}, {0xe0000, 0xe0fff, LETTER_NOTHING},
};
#define RANGE_COUNT (sizeof ranges / sizeof ranges[0])

enum letter letter_of(uint32_t code)
{
    if (code < 0x80) {
        uint32_t folded = code | 0x20;
        if (folded >= 'a' && folded <= 'z') {
            return LETTER_WORD;
        }
        return code >= '0' && code <= '9' ? LETTER_DIGIT : LETTER_GAP;
    }
    size_t low = 0, high = RANGE_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < RANGE_COUNT && code >= ranges[low].first ? ranges[low].letter : LETTER_WORD;
}

uint32_t letter_fold(uint32_t code)
{
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    }
    if ((code >= 0xc0 && code <= 0xde && code != 0xd7) || (code >= 0x391 && code <= 0x3a9) ||
        (code >= 0x410 && code <= 0x42f)) {
        return code + 32;
    }
    if (code >= 0x400 && code <= 0x40f) {
        return code + 80;
    }
    /* Latin Extended-A and the rest of Cyrillic come in pairs; the even one is the capital, but in three stretches. */
    if ((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e)) {
        return code + (code & 1);
    }
    if ((code >= 0x100 && code <= 0x137) || (code >= 0x14a && code <= 0x177) || (code >= 0x460 && code <= 0x481) ||
        (code >= 0x48a && code <= 0x4bf) || (code >= 0x4d0 && code <= 0x52f) || (code >= 0x1e00 && code <= 0x1eff)) {
        return code | 1;
    }
    if (code >= 0x531 && code <= 0x556) {
        return code + 48;
    }
    if (code >= 0xff21 && code <= 0xff3a) {
        return code - 0xff21 + 'a';
    }
    return code >= 0xff41 && code <= 0xff5a ? code - 0xff41 + 'a' : code;
}
