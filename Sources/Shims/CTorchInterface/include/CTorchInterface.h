/// What `libAdytonTorch.so` offers: TorchScript models from files, float32 tensors in and out.
///
/// That library alone links libtorch and is loaded at run time, so a program that knows only this header runs with and
/// without PyTorch. A function that can fail returns a status and then writes a zero-terminated sentence into
/// `message`. Nothing here may be called for one model from two threads at once.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The layout and meaning of `adyton_torch_table`; grows with every change of either.
enum { adyton_torch_interface_version = 2 };

/// How a call went.
typedef enum adyton_torch_status {
    adyton_torch_ok = 0,
    /// There is no such library, or the dynamic linker refuses it or libtorch.
    adyton_torch_library_missing,
    /// The library was built for another interface, for another libtorch, or without PyTorch.
    adyton_torch_library_version,
    /// Memory ran out.
    adyton_torch_out_of_resources,
    /// The file is no TorchScript module, or has no method "forward" of tensors.
    adyton_torch_model_invalid,
    /// "forward" takes or gives another number of tensors than was said.
    adyton_torch_arity,
    /// The module gave something else than float32 tensors.
    adyton_torch_data_type,
    /// "forward" failed.
    adyton_torch_run_failed,
    /// This processor does not multiply such numbers, or the module's weights cannot be changed into them.
    adyton_torch_precision_unsupported,
} adyton_torch_status;

/// The arithmetic inside a module; tensors go in and come out as float32.
typedef enum adyton_torch_precision {
    adyton_torch_float32 = 0,
    /// Weights and what flows between layers in bfloat16, sums in float32.
    adyton_torch_bfloat16,
} adyton_torch_precision;

/// A loaded module.
typedef struct adyton_torch_model adyton_torch_model;
/// What one run gave.
typedef struct adyton_torch_result adyton_torch_result;

/// Float32 numbers, row-major, with their shape; belongs to whoever hands it over.
typedef struct adyton_torch_tensor {
    const float *elements;
    size_t count;
    const intptr_t *shape;
    size_t rank;
} adyton_torch_tensor;

/// The library's functions.
typedef struct adyton_torch_table {
    /// `adyton_torch_interface_version` of the header that the library was built with.
    uint32_t interface_version;
    /// libtorch's version, such as "2.13.0".
    const char *library_version;
    /// Loads a module whose "forward" takes and gives so many tensors; it then belongs to the calling thread, whose
    /// OpenMP team gets `threads` members.
    adyton_torch_status (*load)(const char *path, int threads, adyton_torch_precision precision, size_t input_count,
                                size_t output_count, adyton_torch_model **model, char *message, size_t capacity);
    void (*release)(adyton_torch_model *model);
    /// Runs "forward" on as many tensors as were said at loading; they are read where they lie.
    adyton_torch_status (*run)(adyton_torch_model *model, const adyton_torch_tensor *inputs,
                               adyton_torch_result **result, char *message, size_t capacity);
    /// An output by its index; valid until the result is released.
    adyton_torch_tensor (*result_tensor)(const adyton_torch_result *result, size_t index);
    void (*release_result)(adyton_torch_result *result);
} adyton_torch_table;

/// The one function that the library exports, by the name `ADYTON_TORCH_ENTRY`; nil where libtorch is not the one that
/// it was built for.
typedef const adyton_torch_table *(*adyton_torch_entry)(void);
#define ADYTON_TORCH_ENTRY "adyton_torch_functions"

/// Opens the library and checks that it offers this interface.
///
/// A library is never closed: its threads and statics would not survive that.
adyton_torch_status adyton_torch_open(const char *path, const adyton_torch_table **table, char *message,
                                      size_t capacity);

#ifdef __cplusplus
}
#endif
