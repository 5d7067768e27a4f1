// Decompression of gzip members (RFC 1952) through zlib, which verifies the CRC and the length of each.
//
// libarchive's own gzip filter ignores both.
#pragma once

#include "CArchive.h"

/// A gzip decoder.
typedef struct GzipDecoder GzipDecoder;

/// Creates a decoder. Returns NULL where there is not enough memory.
GzipDecoder *gzip_decoder_make(ArchiveSource source, void *context);

/// Decompresses up to `size` bytes; see `archive_decoder_read`.
ssize_t gzip_decoder_read(GzipDecoder *decoder, void *buffer, size_t size);

/// The number of compressed bytes that were used so far.
int64_t gzip_decoder_consumed(const GzipDecoder *decoder);

/// The error message; valid as long as the decoder.
const char *gzip_decoder_message(const GzipDecoder *decoder);

/// Frees the decoder.
void gzip_decoder_close(GzipDecoder *decoder);
