/// ONNX Runtime, loaded at run time: models from files, float32 tensors in and out.
///
/// A function that can fail returns a status and then writes a zero-terminated sentence into `message`. Nothing here
/// may be called for one session from two threads at once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a call went.
typedef enum adyton_onnx_status {
    adyton_onnx_ok = 0,
    /// There is no such library, or the dynamic linker refuses it.
    adyton_onnx_library_missing,
    /// The library is another one, or older than the interface that this shim asks for.
    adyton_onnx_library_version,
    /// The library would not set itself up, or memory ran out.
    adyton_onnx_out_of_resources,
    /// The file cannot be opened.
    adyton_onnx_model_unreadable,
    /// The file is no model that the library takes.
    adyton_onnx_model_invalid,
    /// The model gave something else than a float32 tensor.
    adyton_onnx_data_type,
    /// The library refused to run the model.
    adyton_onnx_run_failed,
} adyton_onnx_status;

/// The library with its process-wide state.
typedef struct adyton_onnx_library adyton_onnx_library;
/// A loaded model with its threads.
typedef struct adyton_onnx_session adyton_onnx_session;
/// What one run gave.
typedef struct adyton_onnx_result adyton_onnx_result;

/// What the model says of one input or output; belongs to the session.
typedef struct adyton_onnx_description {
    const char *name;
    /// ONNX's number of the element type (TensorProto.DataType); 0 where it is no tensor.
    int element_type;
    /// The sizes; -1 where the model leaves one open.
    const intptr_t *shape;
    size_t rank;
} adyton_onnx_description;

/// Float32 numbers, row-major, with their shape; belongs to whoever hands it over.
typedef struct adyton_onnx_tensor {
    const float *elements;
    size_t count;
    const intptr_t *shape;
    size_t rank;
} adyton_onnx_tensor;

/// Opens the library and checks that it offers the interface asked for.
///
/// A library is never closed: its threads and statics would not survive that.
adyton_onnx_status adyton_onnx_open(const char *path, adyton_onnx_library **library, char *message, size_t capacity);

/// The library's version, such as "1.32.0".
const char *adyton_onnx_version(const adyton_onnx_library *library);

/// Loads a model; `threads` counts the calling thread.
adyton_onnx_status adyton_onnx_load(adyton_onnx_library *library, const char *path, int threads,
                                    adyton_onnx_session **session, char *message, size_t capacity);

/// Ends the session and its threads.
void adyton_onnx_release(adyton_onnx_session *session);

size_t adyton_onnx_input_count(const adyton_onnx_session *session);
size_t adyton_onnx_output_count(const adyton_onnx_session *session);
/// Describes an input by its index.
adyton_onnx_description adyton_onnx_input(const adyton_onnx_session *session, size_t index);
/// Describes an output by its index.
adyton_onnx_description adyton_onnx_output(const adyton_onnx_session *session, size_t index);

/// Runs the model on as many tensors as it has inputs, in its order; they are read where they lie.
adyton_onnx_status adyton_onnx_run(adyton_onnx_session *session, const adyton_onnx_tensor *inputs,
                                   adyton_onnx_result **result, char *message, size_t capacity);

/// An output by its index; valid until the result is released.
adyton_onnx_tensor adyton_onnx_result_tensor(const adyton_onnx_result *result, size_t index);

void adyton_onnx_release_result(adyton_onnx_result *result);

#ifdef __cplusplus
}
#endif
