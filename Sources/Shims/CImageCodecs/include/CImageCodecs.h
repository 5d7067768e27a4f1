// JPEG and PNG through libjpeg-turbo and libpng, and the inner loops of resizing.
//
// Nothing here prints, keeps state between calls or jumps out of a call: what a library reports through longjmp ends
// inside the function that was called, with everything freed.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// How a codec ended.
enum __attribute__((enum_extensibility(closed))) ImageCodecResult {
    ImageCodecDone,
    /// The bytes end before the image does.
    ImageCodecTruncated,
    /// The bytes break the format's rules.
    ImageCodecCorrupt,
    /// The file may be right, but the library cannot read this variant.
    ImageCodecUnsupported,
    /// A side is longer than the library can count.
    ImageCodecTooLarge,
    /// More passes over the image than the caller allows.
    ImageCodecTooManyScans,
    /// The caller's bound on working memory, or the machine's memory, is used up.
    ImageCodecOutOfMemory,
};
typedef enum ImageCodecResult ImageCodecResult;

/// The size in pixels that a file's header declares.
typedef struct ImageCodecSize {
    uint32_t width;
    uint32_t height;
} ImageCodecSize;

/// What a codec may use.
typedef struct ImageCodecLimits {
    /// The bytes that libjpeg may hold at once beside the caller's pixels.
    long maximumMemoryInBytes;
    /// The scans that a JPEG may have.
    int maximumScans;
} ImageCodecLimits;

/// A library's own words for a failure.
typedef struct ImageCodecMessage {
    char text[200];
} ImageCodecMessage;

/// Reads a JPEG's header up to its first scan; allocates nothing that depends on the image's size.
ImageCodecResult jpegReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message);

/// Decodes a JPEG into `size.width * size.height * 3` bytes of interleaved red, green and blue.
///
/// `size` must be what `jpegReadSize` gave for the same bytes. The pixels are undefined after a failure.
ImageCodecResult jpegDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, ImageCodecLimits limits, uint8_t *pixels,
    ImageCodecMessage *message);

/// Reads a PNG's header chunk.
ImageCodecResult pngReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message);

/// Decodes a PNG into `size.width * size.height * 3` bytes of interleaved red, green and blue.
///
/// `size` must be what `pngReadSize` gave for the same bytes. The pixels are undefined after a failure.
ImageCodecResult pngDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, uint8_t *pixels, ImageCodecMessage *message);

/// The fractional bits of a filter's weights: the weights of one output sum to about `1 << resampleWeightBits`.
enum { resampleWeightBits = 22 };

/// Which machine instructions the filters use; the result is the same to the bit.
enum __attribute__((enum_extensibility(closed))) ResampleKernel {
    /// Plain C.
    ResampleKernelPortable,
    /// x86-64 with AVX2; ask `resampleFastestKernel` first.
    ResampleKernelAVX2,
};
typedef enum ResampleKernel ResampleKernel;

/// The fastest kernel that this machine runs.
ResampleKernel resampleFastestKernel(void);

/// The weights of `count` outputs along one axis; all weights lie in `0 ... 1 << resampleWeightBits`.
typedef struct ResampleFilter {
    int32_t count;
    /// How many weights there are for each output, a multiple of 4; those past an output's own are 0.
    int32_t stride;
    /// The first source pixel of each output.
    const int32_t *starts;
    /// How many source pixels each output has, at most `stride`.
    const int32_t *lengths;
    /// `count * stride` weights.
    const int32_t *weights;
    /// The same weights for `ResampleKernelAVX2`: `count * stride * 8` numbers that `resampleSplitWeights` wrote.
    const int16_t *splitWeights;
} ResampleFilter;

/// Writes `filter->splitWeights`' numbers to `split` from `filter->weights`.
void resampleSplitWeights(const ResampleFilter *filter, int16_t *split);

/// The bytes behind a row's first that `resampleColumns` may load, whatever the kernel.
size_t resampleReachInBytes(const ResampleFilter *filter);

/// Filters `rows` rows of RGB pixels along the row.
///
/// Every source row must have `resampleReachInBytes` readable bytes, which may belong to the next row.
void resampleColumns(
    ResampleKernel kernel, const ResampleFilter *filter, const uint8_t *source, size_t sourceStride, size_t rows,
    uint8_t *output, size_t outputStride);

/// Filters `length` rows of `bytes` bytes each into one, with the weights of one output.
void resampleRows(
    ResampleKernel kernel, const int32_t *weights, size_t length, const uint8_t *source, size_t sourceStride,
    size_t bytes, uint8_t *output);

/// Turns RGB pixels into numbers: all of red, then green, then blue, each looked up in its 256 of the 768 values.
///
/// `output` has room for three numbers a pixel.
void normalizePixels(const uint8_t *pixels, size_t count, const float *values, float *output);
