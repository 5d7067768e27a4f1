#include "CTorchInterface.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// Keeps libgomp's workers from spinning while they wait; libgomp reads the variable when it is loaded. Spinning takes
// processor time from the other engine and the server: with both engines on two cores a pair of runs took twice as
// long, and with one engine spinning gains nothing. There is only one thread before `main`, so setting the variable
// races with no reader of the environment. An existing value is kept.
__attribute__((constructor)) static void keep_workers_from_spinning(void) { setenv("OMP_WAIT_POLICY", "PASSIVE", 0); }

static adyton_torch_status fail(adyton_torch_status status, const char *text, char *message, size_t capacity) {
    snprintf(message, capacity, "%s", text ? text : "");
    return status;
}

adyton_torch_status adyton_torch_open(const char *path, const adyton_torch_table **table, char *message,
                                      size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return fail(adyton_torch_library_missing, dlerror(), message, capacity);
    const adyton_torch_entry entry = (adyton_torch_entry)dlsym(handle, ADYTON_TORCH_ENTRY);
    if (!entry) return fail(adyton_torch_library_version, "a library built without PyTorch", message, capacity);
    const adyton_torch_table *found = entry();
    if (!found) return fail(adyton_torch_library_version, "another libtorch than it was built for", message, capacity);
    if (found->interface_version != adyton_torch_interface_version) {
        snprintf(message, capacity, "interface %u", found->interface_version);
        return adyton_torch_library_version;
    }
    *table = found;
    return adyton_torch_ok;
}
