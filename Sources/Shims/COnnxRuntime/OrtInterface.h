/// The part of ONNX Runtime's C API that the shim uses, declared in its documented order.
///
/// The library has one table of function pointers and only ever appends to it: a slot's position and signature never
/// change. So the slots in use have their real types here, and those between them are arrays of the right length. This
/// file exists because the Python wheel contains the library without its headers.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The requested API version: the lowest that has every slot below. AddSessionConfigEntry came with 5.
enum { ort_interface_version = 5 };

struct ort_status;
struct ort_environment;
struct ort_session;
struct ort_session_options;
struct ort_run_options;
struct ort_value;
struct ort_type_info;
struct ort_tensor_info;
struct ort_memory_info;
struct ort_allocator;

enum { ort_severity_error = 3 };
enum { ort_error_no_such_file = 3, ort_error_no_model = 4 };
enum { ort_sequential = 0 };
enum { ort_optimize_all = 99 };
enum { ort_type_tensor = 1 };
enum { ort_element_string = 8 };
enum { ort_arena_allocator = 1 };
enum { ort_memory_default = 0 };

typedef void (*ort_log_function)(void *parameter, int severity, const char *category, const char *log,
                                 const char *place, const char *message);

/// Every function returns nil for success, or a status that the caller releases.
struct ort_interface {
    void *slot_0[1];  // CreateStatus
    int (*status_code)(const struct ort_status *);
    const char *(*status_message)(const struct ort_status *);
    void *slot_3[1];  // CreateEnv
    struct ort_status *(*create_environment)(ort_log_function, void *parameter, int severity, const char *log,
                                             struct ort_environment **);
    void *slot_5[1];  // EnableTelemetryEvents
    struct ort_status *(*disable_telemetry)(const struct ort_environment *);
    struct ort_status *(*create_session)(const struct ort_environment *, const char *path,
                                         const struct ort_session_options *, struct ort_session **);
    void *slot_8[1];  // CreateSessionFromArray
    struct ort_status *(*run)(struct ort_session *, const struct ort_run_options *, const char *const *input_names,
                              const struct ort_value *const *inputs, size_t input_count,
                              const char *const *output_names, size_t output_count, struct ort_value **outputs);
    struct ort_status *(*create_session_options)(struct ort_session_options **);
    void *slot_11[2];  // SetOptimizedModelFilePath, CloneSessionOptions
    struct ort_status *(*set_execution_mode)(struct ort_session_options *, int mode);
    void *slot_14[5];  // EnableProfiling to EnableCpuMemArena
    struct ort_status *(*disable_arena)(struct ort_session_options *);
    void *slot_20[2];  // SetSessionLogId to SetSessionLogVerbosityLevel
    struct ort_status *(*set_log_severity)(struct ort_session_options *, int severity);
    struct ort_status *(*set_optimization)(struct ort_session_options *, int level);
    struct ort_status *(*set_threads)(struct ort_session_options *, int count);
    void *slot_25[5];  // SetInterOpNumThreads to RegisterCustomOpsLibrary
    struct ort_status *(*input_count)(const struct ort_session *, size_t *);
    struct ort_status *(*output_count)(const struct ort_session *, size_t *);
    void *slot_32[1];  // SessionGetOverridableInitializerCount
    struct ort_status *(*input_type)(const struct ort_session *, size_t index, struct ort_type_info **);
    struct ort_status *(*output_type)(const struct ort_session *, size_t index, struct ort_type_info **);
    void *slot_35[1];  // SessionGetOverridableInitializerTypeInfo
    struct ort_status *(*input_name)(const struct ort_session *, size_t index, struct ort_allocator *, char **);
    struct ort_status *(*output_name)(const struct ort_session *, size_t index, struct ort_allocator *, char **);
    void *slot_38[10];  // SessionGetOverridableInitializerName to RunOptionsUnsetTerminate
    struct ort_status *(*create_own_tensor)(struct ort_allocator *, const int64_t *shape, size_t rank, int element_type,
                                            struct ort_value **);
    struct ort_status *(*create_tensor)(const struct ort_memory_info *, void *data, size_t size_in_bytes,
                                        const int64_t *shape, size_t rank, int element_type, struct ort_value **);
    struct ort_status *(*is_tensor)(const struct ort_value *, int *);
    struct ort_status *(*tensor_data)(struct ort_value *, void **);
    struct ort_status *(*fill_strings)(struct ort_value *, const char *const *strings, size_t count);
    struct ort_status *(*strings_size)(const struct ort_value *, size_t *);
    struct ort_status *(*strings)(const struct ort_value *, void *bytes, size_t size, size_t *offsets, size_t count);
    struct ort_status *(*tensor_info_of_type)(const struct ort_type_info *, const struct ort_tensor_info **);
    struct ort_status *(*type_kind)(const struct ort_type_info *, int *);
    void *slot_57[3];  // CreateTensorTypeAndShapeInfo to SetDimensions
    struct ort_status *(*element_type)(const struct ort_tensor_info *, int *);
    struct ort_status *(*rank)(const struct ort_tensor_info *, size_t *);
    struct ort_status *(*dimensions)(const struct ort_tensor_info *, int64_t *sizes, size_t rank);
    void *slot_63[1];  // GetSymbolicDimensions
    struct ort_status *(*element_count)(const struct ort_tensor_info *, size_t *);
    struct ort_status *(*tensor_info)(const struct ort_value *, struct ort_tensor_info **);
    void *slot_66[3];  // GetTypeInfo to CreateMemoryInfo
    struct ort_status *(*create_cpu_memory_info)(int allocator, int memory, struct ort_memory_info **);
    void *slot_70[6];  // CompareMemoryInfo to AllocatorAlloc
    struct ort_status *(*allocator_free)(struct ort_allocator *, void *);
    void *slot_77[1];  // AllocatorGetInfo
    struct ort_status *(*default_allocator)(struct ort_allocator **);
    void *slot_79[13];  // AddFreeDimensionOverride to KernelContext_GetOutput
    void (*release_environment)(struct ort_environment *);
    void (*release_status)(struct ort_status *);
    void (*release_memory_info)(struct ort_memory_info *);
    void (*release_session)(struct ort_session *);
    void (*release_value)(struct ort_value *);
    void *slot_97[1];  // ReleaseRunOptions
    void (*release_type_info)(struct ort_type_info *);
    void (*release_tensor_info)(struct ort_tensor_info *);
    void (*release_session_options)(struct ort_session_options *);
    void *slot_101[29];  // ReleaseCustomOpDomain to FillStringTensorElement
    struct ort_status *(*set_option)(struct ort_session_options *, const char *key, const char *value);
};

/// The result of the only exported symbol; `interface` returns the table for an API version, or nil where the library
/// is older.
struct ort_interface_base {
    const struct ort_interface *(*interface)(uint32_t version);
    const char *(*version)(void);
};

#define ORT_SLOT(name, index)                                                                                          \
    _Static_assert(offsetof(struct ort_interface, name) == (index) * sizeof(void *), #name " is not in its slot")
ORT_SLOT(status_code, 1);
ORT_SLOT(status_message, 2);
ORT_SLOT(create_environment, 4);
ORT_SLOT(disable_telemetry, 6);
ORT_SLOT(create_session, 7);
ORT_SLOT(run, 9);
ORT_SLOT(create_session_options, 10);
ORT_SLOT(set_execution_mode, 13);
ORT_SLOT(disable_arena, 19);
ORT_SLOT(set_log_severity, 22);
ORT_SLOT(set_optimization, 23);
ORT_SLOT(set_threads, 24);
ORT_SLOT(input_count, 30);
ORT_SLOT(output_count, 31);
ORT_SLOT(input_type, 33);
ORT_SLOT(output_type, 34);
ORT_SLOT(input_name, 36);
ORT_SLOT(output_name, 37);
ORT_SLOT(create_own_tensor, 48);
ORT_SLOT(create_tensor, 49);
ORT_SLOT(is_tensor, 50);
ORT_SLOT(tensor_data, 51);
ORT_SLOT(fill_strings, 52);
ORT_SLOT(strings_size, 53);
ORT_SLOT(strings, 54);
ORT_SLOT(tensor_info_of_type, 55);
ORT_SLOT(type_kind, 56);
ORT_SLOT(element_type, 60);
ORT_SLOT(rank, 61);
ORT_SLOT(dimensions, 62);
ORT_SLOT(element_count, 64);
ORT_SLOT(tensor_info, 65);
ORT_SLOT(create_cpu_memory_info, 69);
ORT_SLOT(allocator_free, 76);
ORT_SLOT(default_allocator, 78);
ORT_SLOT(release_environment, 92);
ORT_SLOT(release_status, 93);
ORT_SLOT(release_memory_info, 94);
ORT_SLOT(release_session, 95);
ORT_SLOT(release_value, 96);
ORT_SLOT(release_type_info, 98);
ORT_SLOT(release_tensor_info, 99);
ORT_SLOT(release_session_options, 100);
ORT_SLOT(set_option, 130);
_Static_assert(sizeof(intptr_t) == sizeof(int64_t), "shapes pass as they are");
