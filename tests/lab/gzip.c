#include "tests/lab/answer_parts.h"

static uint32_t crc32_of(struct slice content)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < content.len; i++) {
        crc ^= (unsigned char)content.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static void append_little_endian(struct buf *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_append_byte(out, (char)(value >> (8 * i) & 0xff));
}

void gzip_open(struct buf *out)
{
    static const char head[10] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff};
    buf_append(out, head, sizeof head);
}

void gzip_stored(struct slice content, struct buf *out)
{
    gzip_open(out);
    size_t done = 0;
    do {
        size_t part = content.len - done < 65535 ? content.len - done : 65535;
        buf_append_byte(out, done + part == content.len ? 1 : 0);
        append_little_endian(out, (uint32_t)part, 2);
        append_little_endian(out, ~(uint32_t)part, 2);
        buf_append_slice(out, slice_make(content.ptr + done, part));
        done += part;
    } while (done < content.len);
    append_little_endian(out, crc32_of(content), 4);
    append_little_endian(out, (uint32_t)content.len, 4);
}

/* Bits into bytes, lowest bit first. */
struct bits {
    struct buf *out;
    unsigned pending;
    int count;
};

static void put_bit(struct bits *bits, unsigned bit)
{
    bits->pending |= bit << bits->count;
    if (++bits->count < 8)
        return;
    buf_append_byte(bits->out, (char)bits->pending);
    bits->pending = 0;
    bits->count = 0;
}

/* A Huffman code goes highest bit first. */
static void put_code(struct bits *bits, unsigned code, int length)
{
    for (int i = length - 1; i >= 0; i--)
        put_bit(bits, code >> i & 1u);
}

#define ZERO_COPIES 10000

void gzip_zeros(struct buf *out)
{
    struct bits bits = {out, 0, 0};
    put_code(&bits, 0, 1);    /* not the last block */
    put_code(&bits, 2, 2);    /* fixed codes: 01, lowest bit first */
    put_code(&bits, 0x30, 8); /* the literal 0 */
    for (int i = 0; i < ZERO_COPIES; i++) {
        put_code(&bits, 0xc5, 8); /* length 258 */
        put_code(&bits, 0, 5);    /* distance 1 */
    }
    put_code(&bits, 0, 7); /* end of block */
    /* An empty stored block ends at a byte boundary, so that the next piece may follow. */
    put_code(&bits, 0, 3);
    while (bits.count != 0)
        put_bit(&bits, 0);
    append_little_endian(out, 0xffff0000u, 4);
}
