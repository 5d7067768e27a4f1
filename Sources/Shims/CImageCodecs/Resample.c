// The inner loops of image resizing: weighted sums of bytes in fixed point, rounded to bytes.
//
// The whole sum fits in 31 bits. A kernel may add the terms in any order, modulo 2^32, with the same result.

#include "CImageCodecs.h"

enum {
    channels = 3,
    /// The number of taps that `ResampleKernelAVX2` processes at once.
    groupLength = 4,
    /// The number of bytes it loads for them, of which it uses `groupLength * channels`.
    loadLength = 16,
    /// It multiplies 16-bit numbers: a weight is `high << splitBits | low`, and so is the sum.
    splitBits = resampleWeightBits / 2,
    splitMask = (1 << splitBits) - 1,
    half = 1 << (resampleWeightBits - 1),
};

static uint8_t rounded(int32_t sum) {
    int32_t value = sum >> resampleWeightBits;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// MARK: plain C

static void columnsPortable(
    const ResampleFilter *filter, const uint8_t *source, size_t sourceStride, size_t rows, uint8_t *output,
    size_t outputStride
) {
    for (size_t y = 0; y < rows; y++) {
        const uint8_t *row = source + y * sourceStride;
        uint8_t *out = output + y * outputStride;
        for (int32_t x = 0; x < filter->count; x++) {
            const int32_t *weights = filter->weights + (size_t)x * (size_t)filter->stride;
            const uint8_t *pixel = row + (size_t)filter->starts[x] * channels;
            int32_t red = half, green = half, blue = half;
            for (int32_t tap = 0; tap < filter->lengths[x]; tap++, pixel += channels) {
                red += pixel[0] * weights[tap];
                green += pixel[1] * weights[tap];
                blue += pixel[2] * weights[tap];
            }
            *out++ = rounded(red);
            *out++ = rounded(green);
            *out++ = rounded(blue);
        }
    }
}

static void rowsPortable(
    const int32_t *weights, size_t length, const uint8_t *source, size_t sourceStride, size_t bytes, uint8_t *output
) {
    enum { blockLength = 64 };
    for (size_t start = 0; start < bytes; start += blockLength) {
        size_t count = bytes - start < blockLength ? bytes - start : blockLength;
        int32_t sums[blockLength];
        for (size_t i = 0; i < count; i++) sums[i] = half;
        for (size_t tap = 0; tap < length; tap++) {
            const uint8_t *row = source + tap * sourceStride + start;
            int32_t weight = weights[tap];
            for (size_t i = 0; i < count; i++) sums[i] += row[i] * weight;
        }
        for (size_t i = 0; i < count; i++) output[start + i] = rounded(sums[i]);
    }
}

// MARK: AVX2

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/// The two partial sums of one output, as pairs of taps that are added in `finish`.
typedef struct SplitSums {
    __m256i high, low;
} SplitSums;

/// Adds four taps: pixels 0 and 1 in the lower half of the register, 2 and 3 in the upper half.
AVX2 static inline SplitSums addGroup(SplitSums sums, const uint8_t *pixels, __m256i high, __m256i low) {
    const __m256i pairs = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    __m128i bytes = _mm_loadu_si128((const __m128i *)pixels);
    __m256i words = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), pairs);
    return (SplitSums){
        _mm256_add_epi32(sums.high, _mm256_madd_epi16(words, high)),
        _mm256_add_epi32(sums.low, _mm256_madd_epi16(words, low)),
    };
}

/// The red, green and blue values of one output, 32 bits each.
AVX2 static inline __m128i finish(SplitSums sums) {
    __m256i both = _mm256_add_epi32(_mm256_slli_epi32(sums.high, splitBits), sums.low);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(half)), resampleWeightBits);
}

/// Writes a pixel, with a fourth byte where the next pixel will be written; the last pixel of a row is written with
/// three bytes, because nothing may follow it.
AVX2 static inline void store(uint8_t *output, int pixel, int isLast) {
    if (isLast) {
        __builtin_memcpy(output, &pixel, channels);
    } else {
        __builtin_memcpy(output, &pixel, sizeof pixel);
    }
}

/// Processes four rows at once, which share each load of weights.
AVX2 static void columnsOfFourRowsAVX2(
    const ResampleFilter *filter, const uint8_t *source, size_t sourceStride, uint8_t *output, size_t outputStride
) {
    const SplitSums zero = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    const __m256i *weights = (const __m256i *)filter->splitWeights;
    const int32_t groups = filter->stride / groupLength;
    for (int32_t x = 0; x < filter->count; x++) {
        const uint8_t *pixels = source + (size_t)filter->starts[x] * channels;
        SplitSums a = zero, b = zero, c = zero, d = zero;
        for (int32_t group = 0; group < groups; group++, weights += 2, pixels += groupLength * channels) {
            __m256i high = _mm256_loadu_si256(weights), low = _mm256_loadu_si256(weights + 1);
            a = addGroup(a, pixels, high, low);
            b = addGroup(b, pixels + sourceStride, high, low);
            c = addGroup(c, pixels + 2 * sourceStride, high, low);
            d = addGroup(d, pixels + 3 * sourceStride, high, low);
        }
        __m128i four = _mm_packus_epi16(
            _mm_packs_epi32(finish(a), finish(b)), _mm_packs_epi32(finish(c), finish(d)));
        int isLast = x + 1 == filter->count;
        store(output, _mm_cvtsi128_si32(four), isLast);
        store(output + outputStride, _mm_extract_epi32(four, 1), isLast);
        store(output + 2 * outputStride, _mm_extract_epi32(four, 2), isLast);
        store(output + 3 * outputStride, _mm_extract_epi32(four, 3), isLast);
        output += channels;
    }
}

AVX2 static void columnsOfOneRowAVX2(const ResampleFilter *filter, const uint8_t *source, uint8_t *output) {
    const SplitSums zero = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    const __m256i *weights = (const __m256i *)filter->splitWeights;
    const int32_t groups = filter->stride / groupLength;
    for (int32_t x = 0; x < filter->count; x++, output += channels) {
        const uint8_t *pixels = source + (size_t)filter->starts[x] * channels;
        SplitSums sums = zero;
        for (int32_t group = 0; group < groups; group++, weights += 2, pixels += groupLength * channels) {
            sums = addGroup(sums, pixels, _mm256_loadu_si256(weights), _mm256_loadu_si256(weights + 1));
        }
        __m128i words = _mm_packs_epi32(finish(sums), _mm_setzero_si128());
        store(output, _mm_cvtsi128_si32(_mm_packus_epi16(words, words)), x + 1 == filter->count);
    }
}

/// Weights sixteen bytes of two rows and adds them to 16 sums of each part.
AVX2 static void rowsAVX2(
    const int32_t *weights, size_t length, const uint8_t *source, size_t sourceStride, size_t bytes, uint8_t *output
) {
    size_t start = 0;
    for (; start + loadLength <= bytes; start += loadLength) {
        __m256i high0 = _mm256_setzero_si256(), high1 = high0, low0 = high0, low1 = high0;
        const uint8_t *row = source + start;
        for (size_t tap = 0; tap < length; tap += 2, row += 2 * sourceStride) {
            int hasSecond = tap + 1 < length;
            int32_t first = weights[tap], second = hasSecond ? weights[tap + 1] : 0;
            __m256i high = _mm256_set1_epi32(first >> splitBits | second >> splitBits << 16);
            __m256i low = _mm256_set1_epi32((first & splitMask) | (second & splitMask) << 16);
            __m128i upper = _mm_loadu_si128((const __m128i *)row);
            __m128i lower = _mm_loadu_si128((const __m128i *)(hasSecond ? row + sourceStride : row));
            __m256i words0 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(upper, lower));
            __m256i words1 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(upper, lower));
            high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(words0, high));
            high1 = _mm256_add_epi32(high1, _mm256_madd_epi16(words1, high));
            low0 = _mm256_add_epi32(low0, _mm256_madd_epi16(words0, low));
            low1 = _mm256_add_epi32(low1, _mm256_madd_epi16(words1, low));
        }
        const __m256i rounding = _mm256_set1_epi32(half);
        __m256i sum0 = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(high0, splitBits), low0), rounding);
        __m256i sum1 = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(high1, splitBits), low1), rounding);
        // The pack instructions operate on each half of a register, so the quarters are in the order 0 2 1 3.
        __m256i words = _mm256_permute4x64_epi64(
            _mm256_packs_epi32(
                _mm256_srai_epi32(sum0, resampleWeightBits), _mm256_srai_epi32(sum1, resampleWeightBits)),
            0xD8);
        __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((__m128i *)(output + start), packed);
    }
    rowsPortable(weights, length, source + start, sourceStride, bytes - start, output + start);
}
#endif

// MARK: the interface

ResampleKernel resampleFastestKernel(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return ResampleKernelAVX2;
#endif
    return ResampleKernelPortable;
}

void resampleSplitWeights(const ResampleFilter *filter, int16_t *split) {
    size_t groups = (size_t)filter->count * (size_t)(filter->stride / groupLength);
    const int32_t *weights = filter->weights;
    for (size_t group = 0; group < groups; group++, weights += groupLength, split += 32) {
        for (int i = 0; i < 16; i++) {
            // Each half of the register has one pair of taps four times, for three channels and an unused one.
            int32_t weight = weights[i / 8 * 2 + i % 2];
            split[i] = (int16_t)(weight >> splitBits);
            split[16 + i] = (int16_t)(weight & splitMask);
        }
    }
}

size_t resampleReachInBytes(const ResampleFilter *filter) {
    size_t reach = 0;
    for (int32_t x = 0; x < filter->count; x++) {
        size_t end = (size_t)(filter->starts[x] + filter->stride) * channels;
        if (end > reach) reach = end;
    }
    return reach + loadLength - groupLength * channels;
}

void resampleColumns(
    ResampleKernel kernel, const ResampleFilter *filter, const uint8_t *source, size_t sourceStride, size_t rows,
    uint8_t *output, size_t outputStride
) {
#if defined(__x86_64__)
    if (kernel == ResampleKernelAVX2) {
        size_t y = 0;
        for (; y + 4 <= rows; y += 4) {
            columnsOfFourRowsAVX2(
                filter, source + y * sourceStride, sourceStride, output + y * outputStride, outputStride);
        }
        for (; y < rows; y++) columnsOfOneRowAVX2(filter, source + y * sourceStride, output + y * outputStride);
        return;
    }
#endif
    (void)kernel;
    columnsPortable(filter, source, sourceStride, rows, output, outputStride);
}

void resampleRows(
    ResampleKernel kernel, const int32_t *weights, size_t length, const uint8_t *source, size_t sourceStride,
    size_t bytes, uint8_t *output
) {
#if defined(__x86_64__)
    if (kernel == ResampleKernelAVX2) {
        rowsAVX2(weights, length, source, sourceStride, bytes, output);
        return;
    }
#endif
    (void)kernel;
    rowsPortable(weights, length, source, sourceStride, bytes, output);
}
