// PNG decoding with libpng.

#include "CImageCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// The state of one decoding; it is libpng's error and I/O pointer.
typedef struct Decoder {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t remaining;
    png_bytep *rows;
    ImageCodecResult result;
    ImageCodecMessage *message;
    jmp_buf failed;
} Decoder;

/// How a file's samples are converted to RGB.
typedef enum Samples {
    /// libpng produces RGB itself.
    SamplesRGB,
    /// One byte for each pixel, an index into the palette.
    SamplesIndex,
    /// Two bytes for each pixel, big-endian.
    SamplesWideGrey,
} Samples;

static const size_t signatureLength = 8;
static const size_t headerLength = 8 + 4 + 4 + 13 + 4;

// MARK: failures

static _Noreturn void fail(Decoder *decoder, ImageCodecResult result, const char *text) {
    decoder->result = result;
    snprintf(decoder->message->text, sizeof decoder->message->text, "%s", text);
    longjmp(decoder->failed, 1);
}

static _Noreturn void onError(png_structp png, png_const_charp text) {
    ImageCodecResult result = strstr(text, "ut of memory") ? ImageCodecOutOfMemory : ImageCodecCorrupt;
    fail(png_get_error_ptr(png), result, text);
}

/// Ignores warnings that leave all pixels as the encoder intended them; a wrong checksum of the pixels is an error.
static void onWarning(png_structp png, png_const_charp text) {
    if (strstr(text, "incorrect data check")) onError(png, text);
}

static void onRead(png_structp png, png_bytep output, size_t count) {
    Decoder *decoder = png_get_io_ptr(png);
    if (count > decoder->remaining) fail(decoder, ImageCodecTruncated, "the end chunk is missing");
    memcpy(output, decoder->next, count);
    decoder->next += count;
    decoder->remaining -= count;
}

// MARK: decoding

static void start(Decoder *decoder) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, onError, onWarning);
    decoder->png = png;
    if (png != NULL) decoder->info = png_create_info_struct(png);
    if (decoder->info == NULL) fail(decoder, ImageCodecOutOfMemory, "no memory for the decoder");
    png_set_read_fn(png, decoder, onRead);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    // Ancillary chunks are neither stored nor inflated, only skipped with their checksum. So they cost no memory, and
    // libpng's length limit is not needed, which would report a truncated file as too large.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_cache_max(png, 1);
    png_set_chunk_malloc_max(png, PNG_UINT_31_MAX);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
}

static Samples chooseSamples(Decoder *decoder) {
    png_structp png = decoder->png;
    int depth = png_get_bit_depth(png, decoder->info);
    switch (png_get_color_type(png, decoder->info)) {
    case PNG_COLOR_TYPE_PALETTE:
        png_set_packing(png);
        return SamplesIndex;
    case PNG_COLOR_TYPE_GRAY:
        if (depth == 16) return SamplesWideGrey;
        if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
        break;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
        png_set_gray_to_rgb(png);
        png_set_strip_alpha(png);
        break;
    default:
        png_set_strip_alpha(png);
    }
    if (depth == 16) png_set_strip_16(png);
    return SamplesRGB;
}

/// Expands palette indexes at a row's end to colours from the row's start; an index past the palette is black.
static void expandIndexes(Decoder *decoder, uint8_t *pixels, ImageCodecSize size) {
    uint8_t colours[256][3] = {{0}};
    png_colorp palette = NULL;
    int count = 0;
    png_get_PLTE(decoder->png, decoder->info, &palette, &count);
    for (int i = 0; i < count && i < 256; i++) {
        colours[i][0] = palette[i].red;
        colours[i][1] = palette[i].green;
        colours[i][2] = palette[i].blue;
    }
    size_t width = size.width;
    for (uint32_t y = 0; y < size.height; y++) {
        uint8_t *row = pixels + (size_t)y * width * 3;
        const uint8_t *indexes = row + 2 * width;
        // Pixel x is written at 3x ..< 3x + 3, never past the next index to read, at 2 * width + x + 1.
        for (size_t x = 0; x < width; x++) {
            const uint8_t *colour = colours[indexes[x]];
            row[3 * x] = colour[0];
            row[3 * x + 1] = colour[1];
            row[3 * x + 2] = colour[2];
        }
    }
}

/// Expands 16-bit grey values at a row's end to three bytes each from the row's start; values above 255 are white.
static void expandWideGreys(uint8_t *pixels, ImageCodecSize size) {
    size_t width = size.width;
    for (uint32_t y = 0; y < size.height; y++) {
        uint8_t *row = pixels + (size_t)y * width * 3;
        const uint8_t *greys = row + width;
        // Pixel x is written at 3x ..< 3x + 3, never past the next grey to read, at width + 2x + 2.
        for (size_t x = 0; x < width; x++) {
            uint8_t grey = greys[2 * x] == 0 ? greys[2 * x + 1] : 255;
            row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = grey;
        }
    }
}

static void readPixels(Decoder *decoder, uint8_t *pixels, ImageCodecSize size) {
    png_structp png = decoder->png;
    png_read_info(png, decoder->info);
    // The caller's buffer has the size from an earlier parse of the same bytes.
    if (png_get_image_width(png, decoder->info) != size.width
        || png_get_image_height(png, decoder->info) != size.height) {
        fail(decoder, ImageCodecCorrupt, "the header differs from its first reading");
    }
    Samples samples = chooseSamples(decoder);
    png_set_interlace_handling(png);
    png_read_update_info(png, decoder->info);
    size_t stride = (size_t)size.width * 3;
    size_t rowBytes = png_get_rowbytes(png, decoder->info);
    if (rowBytes > stride) fail(decoder, ImageCodecUnsupported, "an unexpected sample format");

    decoder->rows = malloc(size.height * sizeof *decoder->rows);
    if (decoder->rows == NULL) fail(decoder, ImageCodecOutOfMemory, "no memory for the row table");
    for (uint32_t y = 0; y < size.height; y++) {
        // Rows are read to the end of their space, so that expansion in place from the start does not overwrite unread
        // data.
        decoder->rows[y] = pixels + (y + 1) * stride - rowBytes;
    }
    png_read_image(png, decoder->rows);
    png_read_end(png, NULL);
    if (samples == SamplesIndex) expandIndexes(decoder, pixels, size);
    if (samples == SamplesWideGrey) expandWideGreys(pixels, size);
}

/// Runs a decoding to its end or failure.
///
/// The caller owns the decoder, because local variables of the function that calls setjmp are indeterminate after
/// longjmp.
static void attempt(Decoder *decoder, uint8_t *pixels, ImageCodecSize size) {
    if (setjmp(decoder->failed) != 0) return;
    start(decoder);
    readPixels(decoder, pixels, size);
}

static uint32_t bigEndian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

ImageCodecResult pngReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message
) {
    message->text[0] = 0;
    if (count < headerLength) {
        strcpy(message->text, "the header chunk is cut");
        return ImageCodecTruncated;
    }
    const uint8_t *chunk = bytes + signatureLength;
    if (bigEndian(chunk) != 13 || memcmp(chunk + 4, "IHDR", 4) != 0) {
        strcpy(message->text, "the first chunk is no header chunk");
        return ImageCodecCorrupt;
    }
    size->width = bigEndian(chunk + 8);
    size->height = bigEndian(chunk + 12);
    return ImageCodecDone;
}

ImageCodecResult pngDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, uint8_t *pixels, ImageCodecMessage *message
) {
    Decoder decoder = {.next = bytes, .remaining = count, .message = message};
    message->text[0] = 0;
    attempt(&decoder, pixels, size);
    free(decoder.rows);
    png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
    return decoder.result;
}
