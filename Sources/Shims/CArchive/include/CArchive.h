// Decompression through libarchive: gzip, zstd and xz, without reading what is in them.
//
// Nothing here prints, keeps state between decoders, or depends on the locale.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How bytes are compressed.
enum __attribute__((enum_extensibility(closed))) ArchiveFilter {
    ArchiveFilterGzip,
    ArchiveFilterZstd,
    ArchiveFilterXz,
};
typedef enum ArchiveFilter ArchiveFilter;

/// Gives the next compressed bytes, which stay valid until the next call.
///
/// Returns how many there are, 0 at the end, and -1 where they cannot be had.
typedef ssize_t (*ArchiveSource)(void *context, const void **bytes);

/// A stream that is being decompressed.
typedef struct ArchiveDecoder ArchiveDecoder;

/// Begins a stream; `source` and `context` are used until it is closed. NULL where memory is short.
ArchiveDecoder *archive_decoder_make(ArchiveFilter filter, ArchiveSource source, void *context);

/// Decompresses up to `size` bytes, at least 1: how many came, 0 at the end of the stream, -1 where it is damaged or
/// its source failed. After -1 and after 0 nothing more may be asked for.
ssize_t archive_decoder_read(ArchiveDecoder *decoder, void *buffer, size_t size);

/// What libarchive says of a failure; lives as long as the decoder.
const char *archive_decoder_message(ArchiveDecoder *decoder);

/// Ends a stream and frees everything.
void archive_decoder_close(ArchiveDecoder *decoder);
