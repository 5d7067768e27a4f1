// JPEG decoding with libjpeg-turbo.

#include "CImageCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/// The state of one decoding; libjpeg's callbacks reach it through `cinfo`.
typedef struct Decoder {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    ImageCodecLimits limits;
    ImageCodecResult result;
    ImageCodecMessage *message;
    jmp_buf failed;
} Decoder;

// MARK: failures

static _Noreturn void fail(Decoder *decoder, ImageCodecResult result) {
    decoder->result = result;
    longjmp(decoder->failed, 1);
}

static ImageCodecResult resultOfError(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        return ImageCodecOutOfMemory;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
        return ImageCodecTooLarge;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_EMPTY_IMAGE:  // a height that a DNL marker gives after the first scan
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        return ImageCodecUnsupported;
    default:
        return ImageCodecCorrupt;
    }
}

static void onError(j_common_ptr cinfo) {
    Decoder *decoder = cinfo->client_data;
    cinfo->err->format_message(cinfo, decoder->message->text);
    fail(decoder, resultOfError(cinfo->err->msg_code));
}

/// Ends the decoding at every warning except those that leave all pixels as the encoder intended them.
static void onMessage(j_common_ptr cinfo, int level) {
    if (level >= 0) return;
    switch (cinfo->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
        return;
    default:
        onError(cinfo);
    }
}

static void onOutput(j_common_ptr cinfo) { (void)cinfo; }

/// Limits scans: each takes only a few bytes of the file but a pass over the whole image.
static void onProgress(j_common_ptr cinfo) {
    Decoder *decoder = cinfo->client_data;
    if (decoder->cinfo.input_scan_number <= decoder->limits.maximumScans) return;
    snprintf(decoder->message->text, sizeof decoder->message->text, "more than %d scans", decoder->limits.maximumScans);
    fail(decoder, ImageCodecTooManyScans);
}

// MARK: libjpeg's data source

static void onSourceStart(j_decompress_ptr cinfo) { (void)cinfo; }
static void onSourceEnd(j_decompress_ptr cinfo) { (void)cinfo; }

static boolean onSourceEmpty(j_decompress_ptr cinfo) {
    Decoder *decoder = cinfo->client_data;
    strcpy(decoder->message->text, "the end of the image marker is missing");
    fail(decoder, ImageCodecTruncated);
}

static void onSourceSkip(j_decompress_ptr cinfo, long count) {
    if (count <= 0) return;
    if ((size_t)count > cinfo->src->bytes_in_buffer) onSourceEmpty(cinfo);
    cinfo->src->next_input_byte += count;
    cinfo->src->bytes_in_buffer -= (size_t)count;
}

// MARK: decoding

/// Initializes what clean-up after a failure needs; the rest runs in `attempt`.
static void prepare(Decoder *decoder, ImageCodecLimits limits, ImageCodecMessage *message) {
    memset(decoder, 0, sizeof *decoder);
    message->text[0] = 0;
    decoder->message = message;
    decoder->limits = limits;
    decoder->cinfo.err = jpeg_std_error(&decoder->errors);
    decoder->errors.error_exit = onError;
    decoder->errors.emit_message = onMessage;
    decoder->errors.output_message = onOutput;
    decoder->cinfo.client_data = decoder;
}

static void readHeader(Decoder *decoder, const uint8_t *bytes, size_t count) {
    j_decompress_ptr cinfo = &decoder->cinfo;
    jpeg_create_decompress(cinfo);
    cinfo->mem->max_memory_to_use = decoder->limits.maximumMemoryInBytes;
    decoder->source = (struct jpeg_source_mgr){
        .next_input_byte = bytes,
        .bytes_in_buffer = count,
        .init_source = onSourceStart,
        .fill_input_buffer = onSourceEmpty,
        .skip_input_data = onSourceSkip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = onSourceEnd,
    };
    cinfo->src = &decoder->source;
    decoder->progress.progress_monitor = onProgress;
    cinfo->progress = &decoder->progress;
    jpeg_read_header(cinfo, TRUE);
}

/// Refuses an image with missing scans that otherwise ends correctly.
///
/// libjpeg would estimate the coefficients listed here from neighbouring blocks, and each version does so differently.
static void checkScans(Decoder *decoder) {
    static const int guessed[] = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24};
    j_decompress_ptr cinfo = &decoder->cinfo;
    for (int i = 0; i < cinfo->num_components; i++) {
        int isWhole = cinfo->comp_info[i].quant_table != NULL;  // set by a component's first scan
        for (size_t k = 0; cinfo->coef_bits != NULL && k < sizeof guessed / sizeof guessed[0]; k++) {
            isWhole &= cinfo->coef_bits[i][guessed[k]] == 0;  // the number of missing bits, or -1
        }
        if (isWhole) continue;
        strcpy(decoder->message->text, "scans are missing");
        fail(decoder, ImageCodecTruncated);
    }
}

static uint8_t scaled(unsigned a, unsigned b) {
    unsigned product = a * b + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

/// Converts stored CMYK, which is inverted as Adobe writes it, to RGB.
static void convertInk(const uint8_t *ink, uint8_t *pixels, size_t width) {
    for (size_t x = 0; x < width; x++, ink += 4, pixels += 3) {
        unsigned white = ink[3];
        for (int channel = 0; channel < 3; channel++) {
            pixels[channel] = (uint8_t)(white - scaled(255u - ink[channel], white));
        }
    }
}

static void readPixels(Decoder *decoder, uint8_t *pixels) {
    j_decompress_ptr cinfo = &decoder->cinfo;
    int isInk = cinfo->num_components == 4;
    if (!isInk && cinfo->num_components != 1 && cinfo->num_components != 3) {
        snprintf(decoder->message->text, sizeof decoder->message->text, "%d components", cinfo->num_components);
        fail(decoder, ImageCodecUnsupported);
    }
    cinfo->out_color_space = isInk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(cinfo);
    checkScans(decoder);
    size_t stride = (size_t)cinfo->output_width * 3;
    JSAMPARRAY ink = NULL;
    if (isInk) ink = cinfo->mem->alloc_sarray((j_common_ptr)cinfo, JPOOL_IMAGE, cinfo->output_width * 4, 1);
    while (cinfo->output_scanline < cinfo->output_height) {
        uint8_t *row = pixels + stride * cinfo->output_scanline;
        if (isInk) {
            jpeg_read_scanlines(cinfo, ink, 1);
            convertInk(ink[0], row, cinfo->output_width);
        } else {
            jpeg_read_scanlines(cinfo, &row, 1);
        }
    }
    // FALSE means that another scan follows a complete image, which adds no pixels.
    (void)jpeg_finish_decompress(cinfo);
}

/// Runs a decoding to its end or failure; `pixels` is NULL where only the size is wanted.
///
/// The caller owns the decoder, because local variables of the function that calls setjmp are indeterminate after
/// longjmp.
static void attempt(
    Decoder *decoder, const uint8_t *bytes, size_t count, ImageCodecSize *size, uint8_t *pixels
) {
    if (setjmp(decoder->failed) != 0) return;
    readHeader(decoder, bytes, count);
    ImageCodecSize found = {decoder->cinfo.image_width, decoder->cinfo.image_height};
    if (pixels == NULL) {
        *size = found;
    } else if (found.width == size->width && found.height == size->height) {
        readPixels(decoder, pixels);
    } else {
        strcpy(decoder->message->text, "the header differs from its first reading");
        fail(decoder, ImageCodecCorrupt);
    }
}

ImageCodecResult jpegReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message
) {
    Decoder decoder;
    prepare(&decoder, (ImageCodecLimits){.maximumMemoryInBytes = 1 << 20, .maximumScans = 1}, message);
    attempt(&decoder, bytes, count, size, NULL);
    jpeg_destroy_decompress(&decoder.cinfo);
    return decoder.result;
}

ImageCodecResult jpegDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, ImageCodecLimits limits, uint8_t *pixels,
    ImageCodecMessage *message
) {
    Decoder decoder;
    prepare(&decoder, limits, message);
    attempt(&decoder, bytes, count, &size, pixels);
    jpeg_destroy_decompress(&decoder.cinfo);
    return decoder.result;
}
