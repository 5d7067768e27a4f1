#include "gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

// The first two bytes of a member (RFC 1952, 2.3.1: ID1, ID2).
enum { first_magic = 0x1f, second_magic = 0x8b };
// zlib: the largest window, with a gzip header and trailer, and nothing else.
enum { gzip_window = 15 + 16 };

// Where the decoder stands.
enum Place {
    in_member,
    // A member is complete, and no byte behind it was looked at.
    behind_member,
    // A member is complete, and the first byte of the next one was taken.
    in_magic,
    at_end,
};

struct GzipDecoder {
    z_stream stream;
    ArchiveSource source;
    void *context;
    const uint8_t *bytes;
    size_t count;
    int64_t consumed;
    enum Place place;
    const char *message;
};

GzipDecoder *gzip_decoder_make(ArchiveSource source, void *context) {
    GzipDecoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) return NULL;
    decoder->source = source;
    decoder->context = context;
    decoder->place = in_member;
    decoder->message = "no reason given";
    if (inflateInit2(&decoder->stream, gzip_window) != Z_OK) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

// Makes sure that there is a compressed byte; returns 1 where there is one, 0 at the end, -1 where the source failed.
static int fetch(GzipDecoder *decoder) {
    if (decoder->count > 0) return 1;
    const void *bytes = NULL;
    ssize_t count = decoder->source(decoder->context, &bytes);
    if (count < 0) {
        decoder->message = "the source failed";
        return -1;
    }
    decoder->bytes = bytes;
    decoder->count = (size_t)count;
    return count > 0;
}

static void take(GzipDecoder *decoder, size_t count) {
    decoder->bytes += count;
    decoder->count -= count;
    decoder->consumed += (int64_t)count;
}

// Looks behind a complete member: begins the next one, or ends the stream before the first byte that begins none.
static int look_behind(GzipDecoder *decoder) {
    int state = fetch(decoder);
    if (state < 0) return -1;
    if (decoder->place == behind_member) {
        if (state == 0 || decoder->bytes[0] != first_magic) {
            decoder->place = at_end;
            return 0;
        }
        take(decoder, 1);
        decoder->place = in_magic;
        return 0;
    }
    if (state == 0 || decoder->bytes[0] != second_magic) {
        // The byte that was taken belongs to what follows the stream.
        decoder->consumed -= 1;
        decoder->place = at_end;
        return 0;
    }
    uint8_t magic = first_magic;
    uint8_t nothing;
    if (inflateReset(&decoder->stream) != Z_OK) return -1;
    decoder->stream.next_in = &magic;
    decoder->stream.avail_in = 1;
    decoder->stream.next_out = &nothing;
    decoder->stream.avail_out = 0;
    int result = inflate(&decoder->stream, Z_NO_FLUSH);
    decoder->place = in_member;
    return result == Z_OK || result == Z_BUF_ERROR ? 0 : -1;
}

// Decompresses what is at hand into the buffer; returns the number of bytes, or -1 where the member is corrupt.
static ssize_t inflate_some(GzipDecoder *decoder, void *buffer, size_t size) {
    int state = fetch(decoder);
    if (state < 0) return -1;
    if (state == 0) {
        decoder->message = "truncated gzip input";
        return -1;
    }
    z_stream *stream = &decoder->stream;
    uInt input = decoder->count > UINT_MAX ? UINT_MAX : (uInt)decoder->count;
    uInt room = size > UINT_MAX ? UINT_MAX : (uInt)size;
    stream->next_in = (z_const Bytef *)decoder->bytes;
    stream->avail_in = input;
    stream->next_out = buffer;
    stream->avail_out = room;
    int result = inflate(stream, Z_NO_FLUSH);
    take(decoder, input - stream->avail_in);
    if (result == Z_STREAM_END) {
        decoder->place = behind_member;
    } else if (result != Z_OK) {
        decoder->message = stream->msg != NULL ? stream->msg : "not gzip";
        return -1;
    }
    return (ssize_t)(room - stream->avail_out);
}

ssize_t gzip_decoder_read(GzipDecoder *decoder, void *buffer, size_t size) {
    while (decoder->place != at_end) {
        if (decoder->place != in_member) {
            if (look_behind(decoder) < 0) return -1;
            continue;
        }
        ssize_t count = inflate_some(decoder, buffer, size);
        if (count != 0) return count;
    }
    return 0;
}

int64_t gzip_decoder_consumed(const GzipDecoder *decoder) { return decoder->consumed; }

const char *gzip_decoder_message(const GzipDecoder *decoder) { return decoder->message; }

void gzip_decoder_close(GzipDecoder *decoder) {
    if (decoder == NULL) return;
    inflateEnd(&decoder->stream);
    free(decoder);
}
