/// The interface of `libAdytonTorch.so`: TorchScript models from files, tensors of every type but strings as
/// inputs and outputs.
///
/// Only that library links libtorch, and it is loaded at run time, so a program that uses this header runs with and
/// without PyTorch. A function that can fail returns a status and then writes a zero-terminated message into `message`.
/// Calls for one model must not run concurrently.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of `adyton_torch_table`; incremented with every change of its layout or meaning.
enum { adyton_torch_interface_version = 3 };

/// The result of a call.
typedef enum adyton_torch_status {
    adyton_torch_ok = 0,
    /// The library does not exist, or the dynamic linker cannot load it or libtorch.
    adyton_torch_library_missing,
    /// The library was built for another interface version, for another libtorch, or without PyTorch.
    adyton_torch_library_version,
    /// Memory is exhausted.
    adyton_torch_out_of_resources,
    /// The file is not a TorchScript module, has no method "forward" of tensors, or keeps state from run to run.
    adyton_torch_model_invalid,
    /// "forward" has another number of inputs or outputs than expected.
    adyton_torch_arity,
    /// An output is not a tensor, or of a type that has no number in ONNX.
    adyton_torch_data_type,
    /// "forward" failed.
    adyton_torch_run_failed,
    /// This processor does not support the precision, or the module's weights cannot be converted to it.
    adyton_torch_precision_unsupported,
} adyton_torch_status;

/// The arithmetic inside a module; inputs and outputs keep their types.
typedef enum adyton_torch_precision {
    adyton_torch_float32 = 0,
    /// Weights and activations in bfloat16, sums in float32.
    adyton_torch_bfloat16,
} adyton_torch_precision;

/// A loaded module.
typedef struct adyton_torch_model adyton_torch_model;
/// The outputs of one run.
typedef struct adyton_torch_result adyton_torch_result;

/// Elements in row-major order, with their shape; the side that passes it owns the memory.
typedef struct adyton_torch_tensor {
    const void *elements;
    /// ONNX's element type (TensorProto.DataType).
    int element_type;
    /// The number of elements.
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
    /// Loads a module and checks the number of its inputs and outputs. The model belongs to the calling thread, whose
    /// OpenMP team gets `threads` members. The names are those of the outputs; a dictionary is read by them, and a
    /// tuple or a list in its order.
    adyton_torch_status (*load)(const char *path, int threads, adyton_torch_precision precision, size_t input_count,
                                const char *const *output_names, size_t output_count, adyton_torch_model **model,
                                char *message, size_t capacity);
    void (*release)(adyton_torch_model *model);
    /// Runs "forward" on as many tensors as were expected when it was loaded; the tensors are read in place.
    adyton_torch_status (*run)(adyton_torch_model *model, const adyton_torch_tensor *inputs,
                               adyton_torch_result **result, char *message, size_t capacity);
    /// An output by its index; valid until the result is released.
    adyton_torch_tensor (*result_tensor)(const adyton_torch_result *result, size_t index);
    void (*release_result)(adyton_torch_result *result);
} adyton_torch_table;

/// The only function that the library exports, by the name `ADYTON_TORCH_ENTRY`; returns nil where libtorch is not the
/// version it was built for.
typedef const adyton_torch_table *(*adyton_torch_entry)(void);
#define ADYTON_TORCH_ENTRY "adyton_torch_functions"

/// Opens the library and checks that it has this interface version.
///
/// A library is never closed: its threads and static objects do not support that.
adyton_torch_status adyton_torch_open(const char *path, const adyton_torch_table **table, char *message,
                                      size_t capacity);

#ifdef __cplusplus
}
#endif
