#include "CArchive.h"

#include "gzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

struct ArchiveDecoder {
    // One of the two; the other is NULL.
    GzipDecoder *gzip;
    struct archive *archive;
    ArchiveSource source;
    void *context;
    int is_open;
};

static la_ssize_t read_source(struct archive *archive, void *data, const void **bytes) {
    ArchiveDecoder *decoder = data;
    ssize_t count = decoder->source(decoder->context, bytes);
    if (count < 0) {
        archive_set_error(archive, EIO, "the source failed");
        return ARCHIVE_FATAL;
    }
    return count;
}

static int support(struct archive *archive, ArchiveFilter filter) {
    switch (filter) {
    case ArchiveFilterGzip: return ARCHIVE_FATAL;  // zlib's
    case ArchiveFilterZstd: return archive_read_support_filter_zstd(archive);
    case ArchiveFilterXz: return archive_read_support_filter_xz(archive);
    }
    return ARCHIVE_FATAL;
}

ArchiveDecoder *archive_decoder_make(ArchiveFilter filter, ArchiveSource source, void *context) {
    ArchiveDecoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) return NULL;
    if (filter == ArchiveFilterGzip) {
        decoder->gzip = gzip_decoder_make(source, context);
        if (decoder->gzip != NULL) return decoder;
        free(decoder);
        return NULL;
    }
    decoder->source = source;
    decoder->context = context;
    decoder->archive = archive_read_new();
    // ARCHIVE_WARN would mean that libarchive runs an external program for this filter.
    if (decoder->archive == NULL || support(decoder->archive, filter) != ARCHIVE_OK ||
        archive_read_support_format_raw(decoder->archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(decoder->archive) != ARCHIVE_OK) {
        archive_decoder_close(decoder);
        return NULL;
    }
    return decoder;
}

// Opens the stream; returns 1 where there is content, 0 where there is none, -1 where it is corrupt.
static int open_stream(ArchiveDecoder *decoder) {
    struct archive *archive = decoder->archive;
    if (archive_read_open(archive, decoder, NULL, read_source, NULL) != ARCHIVE_OK) return -1;
    // Exactly one filter: input that is uncompressed or compressed twice is refused.
    if (archive_filter_count(archive) != 2) {
        archive_set_error(archive, EILSEQ, "not one stream of that compression");
        return -1;
    }
    struct archive_entry *entry;
    int result = archive_read_next_header(archive, &entry);
    if (result == ARCHIVE_EOF) return 0;
    decoder->is_open = 1;
    return result == ARCHIVE_OK ? 1 : -1;
}

ssize_t archive_decoder_read(ArchiveDecoder *decoder, void *buffer, size_t size) {
    if (decoder->gzip != NULL) return gzip_decoder_read(decoder->gzip, buffer, size);
    if (!decoder->is_open) {
        int state = open_stream(decoder);
        if (state <= 0) return state;
    }
    la_ssize_t count = archive_read_data(decoder->archive, buffer, size);
    return count < 0 ? -1 : (ssize_t)count;
}

int64_t archive_decoder_consumed(ArchiveDecoder *decoder) {
    if (decoder->gzip != NULL) return gzip_decoder_consumed(decoder->gzip);
    // -1 is the last filter of the chain: the source itself.
    return archive_filter_bytes(decoder->archive, -1);
}

const char *archive_decoder_message(ArchiveDecoder *decoder) {
    if (decoder->gzip != NULL) return gzip_decoder_message(decoder->gzip);
    const char *message = archive_error_string(decoder->archive);
    return message == NULL ? "no reason given" : message;
}

void archive_decoder_close(ArchiveDecoder *decoder) {
    if (decoder == NULL) return;
    gzip_decoder_close(decoder->gzip);
    if (decoder->archive != NULL) archive_read_free(decoder->archive);
    free(decoder);
}
