/// ONNX Runtime, loaded at run time: models from files, tensors of every type as inputs and outputs.
///
/// A function that can fail returns a status and then writes a zero-terminated message into `message`. Calls for one
/// session must not run concurrently.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The result of a call.
typedef enum adyton_onnx_status {
    adyton_onnx_ok = 0,
    /// The library does not exist, or the dynamic linker cannot load it.
    adyton_onnx_library_missing,
    /// It is another library, or older than the API version that this shim requests.
    adyton_onnx_library_version,
    /// The library's initialization failed, or memory is exhausted.
    adyton_onnx_out_of_resources,
    /// The file cannot be opened.
    adyton_onnx_model_unreadable,
    /// The file is not a model that the library supports.
    adyton_onnx_model_invalid,
    /// An output is not a tensor, or of a type without a width.
    adyton_onnx_data_type,
    /// The library failed to run the model.
    adyton_onnx_run_failed,
} adyton_onnx_status;

/// The library with its process-wide state.
typedef struct adyton_onnx_library adyton_onnx_library;
/// A loaded model with its thread pool.
typedef struct adyton_onnx_session adyton_onnx_session;
/// The outputs of one run.
typedef struct adyton_onnx_result adyton_onnx_result;

/// The description of one input or output; owned by the session.
typedef struct adyton_onnx_description {
    const char *name;
    /// ONNX's element type (TensorProto.DataType); 0 where it is not a tensor.
    int element_type;
    /// The dimensions; -1 for a dynamic one.
    const intptr_t *shape;
    size_t rank;
} adyton_onnx_description;

/// Elements in row-major order, with their shape; the side that passes it owns the memory.
typedef struct adyton_onnx_tensor {
    /// The elements. Strings of an input end with a zero byte each; those of an output follow one another without.
    const void *elements;
    /// How many bytes there are.
    size_t size;
    /// ONNX's element type (TensorProto.DataType).
    int element_type;
    /// The number of elements.
    size_t count;
    const intptr_t *shape;
    size_t rank;
    /// Where each string of an output begins, in rising order; nil for everything else.
    const size_t *offsets;
} adyton_onnx_tensor;

/// Opens the library and checks that it has the requested API version.
///
/// A library is never closed: its threads and static objects do not support that.
adyton_onnx_status adyton_onnx_open(const char *path, adyton_onnx_library **library, char *message, size_t capacity);

/// The library's version, such as "1.32.0".
const char *adyton_onnx_version(const adyton_onnx_library *library);

/// Loads a model; `threads` includes the calling thread.
adyton_onnx_status adyton_onnx_load(adyton_onnx_library *library, const char *path, int threads,
                                    adyton_onnx_session **session, char *message, size_t capacity);

/// Frees the session and ends its threads.
void adyton_onnx_release(adyton_onnx_session *session);

size_t adyton_onnx_input_count(const adyton_onnx_session *session);
size_t adyton_onnx_output_count(const adyton_onnx_session *session);
/// Describes an input by its index.
adyton_onnx_description adyton_onnx_input(const adyton_onnx_session *session, size_t index);
/// Describes an output by its index.
adyton_onnx_description adyton_onnx_output(const adyton_onnx_session *session, size_t index);

/// Runs the model on as many tensors as it has inputs, in the model's order; the tensors are read in place.
adyton_onnx_status adyton_onnx_run(adyton_onnx_session *session, const adyton_onnx_tensor *inputs,
                                   adyton_onnx_result **result, char *message, size_t capacity);

/// An output by its index; valid until the result is released.
adyton_onnx_tensor adyton_onnx_result_tensor(const adyton_onnx_result *result, size_t index);

void adyton_onnx_release_result(adyton_onnx_result *result);

#ifdef __cplusplus
}
#endif
