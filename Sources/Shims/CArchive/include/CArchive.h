// Decompression of zstd and xz streams through libarchive and of gzip streams through zlib, without parsing their content.
// Checksums that a stream has are verified.
//
// The functions print nothing, keep no state between decoders, and do not depend on the locale.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A compression format.
enum __attribute__((enum_extensibility(closed))) ArchiveFilter {
    ArchiveFilterGzip,
    ArchiveFilterZstd,
    ArchiveFilterXz,
};
typedef enum ArchiveFilter ArchiveFilter;

/// Reads the next compressed bytes, which stay valid until the next call.
///
/// Returns their number, 0 at the end, and -1 on error.
typedef ssize_t (*ArchiveSource)(void *context, const void **bytes);

/// A decompression stream.
typedef struct ArchiveDecoder ArchiveDecoder;

/// Creates a decoder. `source` and `context` are used until it is closed. Returns NULL where there is not enough
/// memory.
ArchiveDecoder *archive_decoder_make(ArchiveFilter filter, ArchiveSource source, void *context);

/// Decompresses up to `size` bytes, at least 1. Returns their number, 0 at the end of the stream, or -1 where the
/// stream is corrupt or its source failed. After -1 or 0 it must not be called again.
ssize_t archive_decoder_read(ArchiveDecoder *decoder, void *buffer, size_t size);

/// The number of compressed bytes that were used so far; at the end, the length of the compressed stream.
int64_t archive_decoder_consumed(ArchiveDecoder *decoder);

/// The library's error message; valid as long as the decoder.
const char *archive_decoder_message(ArchiveDecoder *decoder);

/// Closes the stream and frees the decoder.
void archive_decoder_close(ArchiveDecoder *decoder);
