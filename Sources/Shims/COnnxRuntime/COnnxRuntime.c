#include "COnnxRuntime.h"

#include "OrtInterface.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct adyton_onnx_library {
    const struct ort_interface *ort;
    const char *version;
    struct ort_environment *environment;
    struct ort_memory_info *memory;
    struct ort_allocator *allocator;
};

struct adyton_onnx_session {
    adyton_onnx_library *library;
    struct ort_session *session;
    size_t input_count, output_count;
    adyton_onnx_description *inputs, *outputs;
};

struct adyton_onnx_result {
    const struct ort_interface *ort;
    size_t count;
    struct ort_value **values;
    adyton_onnx_tensor *tensors;
};

// Disables telemetry. The official builds send model names, graph hashes and a persistent device ID to their vendor,
// and store that ID in the home directory, unless this variable is set when the library is loaded. An enclave must not
// send such data. There is only one thread before `main`, so setting the variable races with no reader of the
// environment.
__attribute__((constructor)) static void refuse_telemetry(void) { setenv("ORT_DISABLE_TELEMETRY", "1", 1); }

// Discards log messages: errors are returned as statuses, and a log line could leak a model's or a request's data.
static void drop_log(void *parameter, int severity, const char *category, const char *log, const char *place,
                     const char *message) {
    (void)parameter, (void)severity, (void)category, (void)log, (void)place, (void)message;
}

static adyton_onnx_status fail(adyton_onnx_status status, const char *text, char *message, size_t capacity) {
    snprintf(message, capacity, "%s", text ? text : "");
    return status;
}

// Converts and releases an ONNX Runtime status: nil is success, anything else becomes `otherwise` with its message.
static adyton_onnx_status take(const struct ort_interface *ort, struct ort_status *status, adyton_onnx_status otherwise,
                               char *message, size_t capacity) {
    if (!status) return adyton_onnx_ok;
    fail(otherwise, ort->status_message(status), message, capacity);
    ort->release_status(status);
    return otherwise;
}

#define TRY(call, otherwise)                                                                                           \
    do {                                                                                                               \
        const adyton_onnx_status status_ = take(ort, (call), (otherwise), message, capacity);                          \
        if (status_ != adyton_onnx_ok) return status_;                                                                 \
    } while (0)

static adyton_onnx_status set_up(adyton_onnx_library *library, char *message, size_t capacity) {
    const struct ort_interface *ort = library->ort;
    TRY(ort->create_environment(drop_log, NULL, ort_severity_error, "adyton", &library->environment),
        adyton_onnx_out_of_resources);
    TRY(ort->disable_telemetry(library->environment), adyton_onnx_out_of_resources);
    TRY(ort->create_cpu_memory_info(ort_arena_allocator, ort_memory_default, &library->memory),
        adyton_onnx_out_of_resources);
    TRY(ort->default_allocator(&library->allocator), adyton_onnx_out_of_resources);
    return adyton_onnx_ok;
}

adyton_onnx_status adyton_onnx_open(const char *path, adyton_onnx_library **library, char *message, size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return fail(adyton_onnx_library_missing, dlerror(), message, capacity);
    const struct ort_interface_base *(*base)(void) =
        (const struct ort_interface_base *(*)(void))dlsym(handle, "OrtGetApiBase");
    if (!base) return fail(adyton_onnx_library_version, "a library without OrtGetApiBase", message, capacity);

    const char *version = base()->version();
    int major = 0, minor = 0;
    if (!version || sscanf(version, "%d.%d", &major, &minor) != 2 || major != 1 || minor < ort_interface_version)
        return fail(adyton_onnx_library_version, version, message, capacity);
    const struct ort_interface *ort = base()->interface(ort_interface_version);
    if (!ort) return fail(adyton_onnx_library_version, version, message, capacity);

    adyton_onnx_library *opened = calloc(1, sizeof *opened);
    if (!opened) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    *opened = (adyton_onnx_library){.ort = ort, .version = version};
    const adyton_onnx_status status = set_up(opened, message, capacity);
    if (status != adyton_onnx_ok) {
        if (opened->memory) ort->release_memory_info(opened->memory);
        if (opened->environment) ort->release_environment(opened->environment);
        free(opened);
        return status;
    }
    *library = opened;
    return adyton_onnx_ok;
}

const char *adyton_onnx_version(const adyton_onnx_library *library) { return library->version; }

// MARK: loading

static adyton_onnx_status configure(const struct ort_interface *ort, struct ort_session_options *options, int threads,
                                    char *message, size_t capacity) {
    const adyton_onnx_status otherwise = adyton_onnx_out_of_resources;
    TRY(ort->set_threads(options, threads), otherwise);
    TRY(ort->set_execution_mode(options, ort_sequential), otherwise);
    TRY(ort->set_optimization(options, ort_optimize_all), otherwise);
    TRY(ort->set_log_severity(options, ort_severity_error), otherwise);
    // The library's arena would keep the largest run's memory permanently; the process's allocator can return it.
    TRY(ort->disable_arena(options), otherwise);
    // Worker threads that spin while they wait take processor time from the other engine and the server.
    TRY(ort->set_option(options, "session.intra_op.allow_spinning", "0"), otherwise);
    // Without this a file can declare itself to be in the library's own format, whose parser validates less.
    TRY(ort->set_option(options, "session.load_model_format", "ONNX"), otherwise);
    return adyton_onnx_ok;
}

static adyton_onnx_status describe_type(const struct ort_interface *ort, const struct ort_type_info *type,
                                        adyton_onnx_description *description, char *message, size_t capacity) {
    int kind = 0;
    TRY(ort->type_kind(type, &kind), adyton_onnx_model_invalid);
    if (kind != ort_type_tensor) return adyton_onnx_ok;
    const struct ort_tensor_info *tensor = NULL;
    TRY(ort->tensor_info_of_type(type, &tensor), adyton_onnx_model_invalid);
    TRY(ort->element_type(tensor, &description->element_type), adyton_onnx_model_invalid);
    TRY(ort->rank(tensor, &description->rank), adyton_onnx_model_invalid);
    int64_t *shape = calloc(description->rank + 1, sizeof *shape);
    if (!shape) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    description->shape = (const intptr_t *)shape;
    TRY(ort->dimensions(tensor, shape, description->rank), adyton_onnx_model_invalid);
    return adyton_onnx_ok;
}

static adyton_onnx_status describe(adyton_onnx_session *session, bool is_input, size_t index,
                                   adyton_onnx_description *description, char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    struct ort_allocator *allocator = session->library->allocator;
    char *name = NULL;
    TRY((is_input ? ort->input_name : ort->output_name)(session->session, index, allocator, &name),
        adyton_onnx_model_invalid);
    description->name = strdup(name);
    TRY(ort->allocator_free(allocator, name), adyton_onnx_model_invalid);
    if (!description->name) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);

    struct ort_type_info *type = NULL;
    TRY((is_input ? ort->input_type : ort->output_type)(session->session, index, &type), adyton_onnx_model_invalid);
    const adyton_onnx_status status = describe_type(ort, type, description, message, capacity);
    ort->release_type_info(type);
    return status;
}

static adyton_onnx_status describe_all(adyton_onnx_session *session, char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    TRY(ort->input_count(session->session, &session->input_count), adyton_onnx_model_invalid);
    TRY(ort->output_count(session->session, &session->output_count), adyton_onnx_model_invalid);
    session->inputs = calloc(session->input_count + 1, sizeof *session->inputs);
    session->outputs = calloc(session->output_count + 1, sizeof *session->outputs);
    if (!session->inputs || !session->outputs)
        return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    adyton_onnx_status status = adyton_onnx_ok;
    for (size_t i = 0; i < session->input_count && status == adyton_onnx_ok; i++)
        status = describe(session, true, i, &session->inputs[i], message, capacity);
    for (size_t i = 0; i < session->output_count && status == adyton_onnx_ok; i++)
        status = describe(session, false, i, &session->outputs[i], message, capacity);
    return status;
}

static adyton_onnx_status create(adyton_onnx_session *session, const char *path, int threads, char *message,
                                 size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    struct ort_session_options *options = NULL;
    TRY(ort->create_session_options(&options), adyton_onnx_out_of_resources);
    adyton_onnx_status status = configure(ort, options, threads, message, capacity);
    if (status == adyton_onnx_ok) {
        struct ort_status *refusal =
            ort->create_session(session->library->environment, path, options, &session->session);
        const int code = refusal ? ort->status_code(refusal) : 0;
        status = take(ort, refusal,
                      code == ort_error_no_such_file ? adyton_onnx_model_unreadable : adyton_onnx_model_invalid,
                      message, capacity);
    }
    ort->release_session_options(options);
    return status;
}

adyton_onnx_status adyton_onnx_load(adyton_onnx_library *library, const char *path, int threads,
                                    adyton_onnx_session **session, char *message, size_t capacity) {
    adyton_onnx_session *loaded = calloc(1, sizeof *loaded);
    if (!loaded) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    loaded->library = library;
    adyton_onnx_status status = create(loaded, path, threads, message, capacity);
    if (status == adyton_onnx_ok) status = describe_all(loaded, message, capacity);
    if (status != adyton_onnx_ok) {
        adyton_onnx_release(loaded);
        return status;
    }
    *session = loaded;
    return adyton_onnx_ok;
}

static void free_descriptions(adyton_onnx_description *descriptions, size_t count) {
    for (size_t i = 0; descriptions && i < count; i++) {
        free((void *)descriptions[i].name);
        free((void *)descriptions[i].shape);
    }
    free(descriptions);
}

void adyton_onnx_release(adyton_onnx_session *session) {
    if (session->session) session->library->ort->release_session(session->session);
    free_descriptions(session->inputs, session->input_count);
    free_descriptions(session->outputs, session->output_count);
    free(session);
}

size_t adyton_onnx_input_count(const adyton_onnx_session *session) { return session->input_count; }
size_t adyton_onnx_output_count(const adyton_onnx_session *session) { return session->output_count; }

adyton_onnx_description adyton_onnx_input(const adyton_onnx_session *session, size_t index) {
    return session->inputs[index];
}

adyton_onnx_description adyton_onnx_output(const adyton_onnx_session *session, size_t index) {
    return session->outputs[index];
}

// MARK: running

static void release_values(const struct ort_interface *ort, struct ort_value **values, size_t count) {
    for (size_t i = 0; values && i < count; i++)
        if (values[i]) ort->release_value(values[i]);
    free(values);
}

void adyton_onnx_release_result(adyton_onnx_result *result) {
    release_values(result->ort, result->values, result->count);
    for (size_t i = 0; result->tensors && i < result->count; i++) {
        free((void *)result->tensors[i].shape);
        // Strings are copied out of the library; their offsets say so.
        if (result->tensors[i].offsets) free((void *)result->tensors[i].elements);
        free((void *)result->tensors[i].offsets);
    }
    free(result->tensors);
    free(result);
}

// The size of an element in bytes; 0 for strings, and for types that this shim does not pass.
static size_t element_width(int element_type) {
    static const unsigned char widths[] = {[1] = 4, [2] = 1, [3] = 1,  [4] = 2,  [5] = 2,  [6] = 4, [7] = 8,
                                           [9] = 1, [10] = 2, [11] = 8, [12] = 4, [13] = 8, [16] = 2};
    return element_type > 0 && (size_t)element_type < sizeof widths ? widths[element_type] : 0;
}

static adyton_onnx_status wrap_strings(adyton_onnx_session *session, const adyton_onnx_tensor *tensor,
                                       struct ort_value **value, char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    const char **strings = calloc(tensor->count + 1, sizeof *strings);
    if (!strings) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    const char *next = tensor->elements, *end = next + tensor->size;
    for (size_t i = 0; i < tensor->count && next < end; i++) {
        strings[i] = next;
        next += strnlen(next, (size_t)(end - next)) + 1;
    }
    adyton_onnx_status status =
        take(ort,
             ort->create_own_tensor(session->library->allocator, (const int64_t *)tensor->shape, tensor->rank,
                                    ort_element_string, value),
             adyton_onnx_run_failed, message, capacity);
    if (status == adyton_onnx_ok)
        status = take(ort, ort->fill_strings(*value, strings, tensor->count), adyton_onnx_run_failed, message, capacity);
    free(strings);
    return status;
}

static adyton_onnx_status wrap(adyton_onnx_session *session, const adyton_onnx_tensor *tensor, struct ort_value **value,
                               char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    if (tensor->element_type == ort_element_string) return wrap_strings(session, tensor, value, message, capacity);
    // The library's signature is not const, but a run does not write to its inputs.
    TRY(ort->create_tensor(session->library->memory, (void *)tensor->elements, tensor->size,
                           (const int64_t *)tensor->shape, tensor->rank, tensor->element_type, value),
        adyton_onnx_run_failed);
    return adyton_onnx_ok;
}

static adyton_onnx_status unwrap_info(const struct ort_interface *ort, const struct ort_tensor_info *info,
                                      adyton_onnx_tensor *tensor, char *message, size_t capacity) {
    TRY(ort->element_type(info, &tensor->element_type), adyton_onnx_run_failed);
    TRY(ort->element_count(info, &tensor->count), adyton_onnx_run_failed);
    TRY(ort->rank(info, &tensor->rank), adyton_onnx_run_failed);
    int64_t *shape = calloc(tensor->rank + 1, sizeof *shape);
    if (!shape) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    tensor->shape = (const intptr_t *)shape;
    TRY(ort->dimensions(info, shape, tensor->rank), adyton_onnx_run_failed);
    return adyton_onnx_ok;
}

static adyton_onnx_status unwrap_strings(const struct ort_interface *ort, const struct ort_value *value,
                                         adyton_onnx_tensor *tensor, char *message, size_t capacity) {
    TRY(ort->strings_size(value, &tensor->size), adyton_onnx_run_failed);
    char *bytes = malloc(tensor->size + 1);
    size_t *offsets = calloc(tensor->count + 1, sizeof *offsets);
    if (!bytes || !offsets) {
        free(bytes);
        free(offsets);
        return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    }
    tensor->elements = bytes;
    tensor->offsets = offsets;
    if (tensor->count == 0) return adyton_onnx_ok;
    TRY(ort->strings(value, bytes, tensor->size, offsets, tensor->count), adyton_onnx_run_failed);
    return adyton_onnx_ok;
}

static adyton_onnx_status unwrap(const struct ort_interface *ort, struct ort_value *value, adyton_onnx_tensor *tensor,
                                 char *message, size_t capacity) {
    int is_tensor = 0;
    if (value) TRY(ort->is_tensor(value, &is_tensor), adyton_onnx_run_failed);
    if (!is_tensor) return fail(adyton_onnx_data_type, "the output is no tensor", message, capacity);
    struct ort_tensor_info *info = NULL;
    TRY(ort->tensor_info(value, &info), adyton_onnx_run_failed);
    const adyton_onnx_status status = unwrap_info(ort, info, tensor, message, capacity);
    ort->release_tensor_info(info);
    if (status != adyton_onnx_ok) return status;
    if (tensor->element_type == ort_element_string) return unwrap_strings(ort, value, tensor, message, capacity);
    const size_t width = element_width(tensor->element_type);
    if (!width) return fail(adyton_onnx_data_type, "the output's type has no width", message, capacity);
    tensor->size = tensor->count * width;
    void *elements = NULL;
    TRY(ort->tensor_data(value, &elements), adyton_onnx_run_failed);
    tensor->elements = elements;
    return adyton_onnx_ok;
}

static adyton_onnx_status run(adyton_onnx_session *session, struct ort_value **inputs, struct ort_value **outputs,
                              char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    const char **names = calloc(session->input_count + session->output_count, sizeof *names);
    if (!names) return fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    for (size_t i = 0; i < session->input_count; i++) names[i] = session->inputs[i].name;
    const char **output_names = names + session->input_count;
    for (size_t i = 0; i < session->output_count; i++) output_names[i] = session->outputs[i].name;
    struct ort_status *refusal =
        ort->run(session->session, NULL, names, (const struct ort_value *const *)inputs, session->input_count,
                 output_names, session->output_count, outputs);
    free(names);
    return take(ort, refusal, adyton_onnx_run_failed, message, capacity);
}

adyton_onnx_status adyton_onnx_run(adyton_onnx_session *session, const adyton_onnx_tensor *inputs,
                                   adyton_onnx_result **result, char *message, size_t capacity) {
    const struct ort_interface *ort = session->library->ort;
    struct ort_value **values = calloc(session->input_count + 1, sizeof *values);
    adyton_onnx_result *made = calloc(1, sizeof *made);
    adyton_onnx_status status = adyton_onnx_ok;
    if (made) {
        *made = (adyton_onnx_result){.ort = ort, .count = session->output_count};
        made->values = calloc(made->count + 1, sizeof *made->values);
        made->tensors = calloc(made->count + 1, sizeof *made->tensors);
    }
    if (!values || !made || !made->values || !made->tensors)
        status = fail(adyton_onnx_out_of_resources, "no memory", message, capacity);
    for (size_t i = 0; i < session->input_count && status == adyton_onnx_ok; i++)
        status = wrap(session, &inputs[i], &values[i], message, capacity);
    if (status == adyton_onnx_ok) status = run(session, values, made->values, message, capacity);
    for (size_t i = 0; i < session->output_count && status == adyton_onnx_ok; i++)
        status = unwrap(ort, made->values[i], &made->tensors[i], message, capacity);
    release_values(ort, values, session->input_count);
    if (status == adyton_onnx_ok)
        *result = made;
    else if (made)
        adyton_onnx_release_result(made);
    return status;
}

adyton_onnx_tensor adyton_onnx_result_tensor(const adyton_onnx_result *result, size_t index) {
    return result->tensors[index];
}
