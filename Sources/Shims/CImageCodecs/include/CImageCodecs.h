// JPEG and PNG decoding with libjpeg-turbo and libpng, and the inner loops of image resizing.
//
// The functions print nothing and keep no state between calls. A longjmp of a library ends inside the function that was
// called, with all memory freed.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The result of a codec.
enum __attribute__((enum_extensibility(closed))) ImageCodecResult {
    ImageCodecDone,
    /// The data ends before the image does.
    ImageCodecTruncated,
    /// The data violates the format.
    ImageCodecCorrupt,
    /// The file may be valid, but the library does not support this variant.
    ImageCodecUnsupported,
    /// A side is longer than the library supports.
    ImageCodecTooLarge,
    /// The image has more scans than the caller allows.
    ImageCodecTooManyScans,
    /// The caller's memory limit, or the machine's memory, is exhausted.
    ImageCodecOutOfMemory,
};
typedef enum ImageCodecResult ImageCodecResult;

/// The size in pixels from a file's header.
typedef struct ImageCodecSize {
    uint32_t width;
    uint32_t height;
} ImageCodecSize;

/// Resource limits of a codec.
typedef struct ImageCodecLimits {
    /// The memory that libjpeg may use at once, in addition to the caller's pixels, in bytes.
    long maximumMemoryInBytes;
    /// The maximum number of scans of a JPEG.
    int maximumScans;
} ImageCodecLimits;

/// A library's error message.
typedef struct ImageCodecMessage {
    char text[200];
} ImageCodecMessage;

/// Parses a JPEG's header up to its first scan; allocates no memory that depends on the image's size.
ImageCodecResult jpegReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message);

/// Decodes a JPEG into `size.width * size.height * 3` bytes of interleaved RGB.
///
/// `size` must be the result of `jpegReadSize` for the same bytes. The pixels are undefined after a failure.
ImageCodecResult jpegDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, ImageCodecLimits limits, uint8_t *pixels,
    ImageCodecMessage *message);

/// Parses a PNG's header chunk.
ImageCodecResult pngReadSize(
    const uint8_t *bytes, size_t count, ImageCodecSize *size, ImageCodecMessage *message);

/// Decodes a PNG into `size.width * size.height * 3` bytes of interleaved RGB.
///
/// `size` must be the result of `pngReadSize` for the same bytes. The pixels are undefined after a failure.
ImageCodecResult pngDecode(
    const uint8_t *bytes, size_t count, ImageCodecSize size, uint8_t *pixels, ImageCodecMessage *message);

/// The number of fractional bits of a filter's weights; the weights of one output sum to about `1 <<
/// resampleWeightBits`.
enum { resampleWeightBits = 22 };

/// The instruction set that the filters use; all kernels give the same result to the bit.
enum __attribute__((enum_extensibility(closed))) ResampleKernel {
    /// Plain C.
    ResampleKernelPortable,
    /// x86-64 with AVX2; call `resampleFastestKernel` first.
    ResampleKernelAVX2,
};
typedef enum ResampleKernel ResampleKernel;

/// The fastest kernel that this machine supports.
ResampleKernel resampleFastestKernel(void);

/// The weights of `count` outputs along one axis; all weights are in `0 ... 1 << resampleWeightBits`.
typedef struct ResampleFilter {
    int32_t count;
    /// The number of weights for each output, a multiple of 4; unused ones are 0.
    int32_t stride;
    /// The first source pixel of each output.
    const int32_t *starts;
    /// The number of source pixels of each output, at most `stride`.
    const int32_t *lengths;
    /// `count * stride` weights.
    const int32_t *weights;
    /// The same weights for `ResampleKernelAVX2`: `count * stride * 8` numbers from `resampleSplitWeights`.
    const int16_t *splitWeights;
} ResampleFilter;

/// Computes `filter->splitWeights` from `filter->weights` and writes them to `split`.
void resampleSplitWeights(const ResampleFilter *filter, int16_t *split);

/// The number of bytes from a row's start that `resampleColumns` may load with any kernel.
size_t resampleReachInBytes(const ResampleFilter *filter);

/// Filters `rows` rows of RGB pixels horizontally.
///
/// Every source row must have `resampleReachInBytes` readable bytes, which may belong to the next row.
void resampleColumns(
    ResampleKernel kernel, const ResampleFilter *filter, const uint8_t *source, size_t sourceStride, size_t rows,
    uint8_t *output, size_t outputStride);

/// Filters `length` rows of `bytes` bytes each into one row, with the weights of one output.
void resampleRows(
    ResampleKernel kernel, const int32_t *weights, size_t length, const uint8_t *source, size_t sourceStride,
    size_t bytes, uint8_t *output);

/// Converts RGB pixels to floats: all red values, then green, then blue, each looked up in its 256 of the 768 values.
///
/// `output` must have room for three floats for each pixel.
void normalizePixels(const uint8_t *pixels, size_t count, const float *values, float *output);
