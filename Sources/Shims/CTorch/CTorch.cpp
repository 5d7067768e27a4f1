// Without the package trait "Torch" this library is empty and does not need libtorch's headers.
#ifdef ADYTON_TORCH

#include "CTorchInterface.h"

#include <ATen/Parallel.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>
#include <torch/version.h>

#include <cstdio>
#include <new>
#include <string>
#include <vector>

struct adyton_torch_model {
    torch::jit::Module module;
    size_t input_count;
    size_t output_count;
    /// Whether "forward" may write into an input, which is then copied, because the caller owns the numbers.
    std::vector<bool> is_written;
    /// The module's element type.
    at::ScalarType type;
};

struct adyton_torch_result {
    std::vector<at::Tensor> tensors;
};

static_assert(sizeof(intptr_t) == sizeof(int64_t), "shapes pass as they are");

namespace {

/// An error that this library detects, as opposed to one that libtorch throws.
struct Refusal {
    adyton_torch_status status;
    std::string text;
};

adyton_torch_status fail(adyton_torch_status status, const char *text, char *message, size_t capacity) noexcept {
    std::snprintf(message, capacity, "%s", text);
    return status;
}

/// Runs the work and converts any exception to a status: no exception may reach C or Swift.
template <typename Work>
adyton_torch_status guarded(adyton_torch_status otherwise, char *message, size_t capacity, Work work) noexcept {
    try {
        work();
        return adyton_torch_ok;
    } catch (const Refusal &refusal) {
        return fail(refusal.status, refusal.text.c_str(), message, capacity);
    } catch (const c10::Error &error) {
        return fail(otherwise, error.what_without_backtrace(), message, capacity);
    } catch (const std::bad_alloc &error) {
        return fail(adyton_torch_out_of_resources, error.what(), message, capacity);
    } catch (const std::exception &error) {
        return fail(otherwise, error.what(), message, capacity);
    } catch (...) {
        return fail(otherwise, "an exception without a message", message, capacity);
    }
}

bool is_tensor(const c10::TypePtr &type) { return type->isSubtypeOf(*c10::TensorType::get()); }

/// Checks that "forward" has the expected number of inputs and outputs.
void check_arity(const torch::jit::Module &module, size_t input_count, size_t output_count) {
    const auto forward = module.find_method("forward");
    if (!forward) throw Refusal{adyton_torch_model_invalid, "the module has no method \"forward\""};
    const c10::FunctionSchema &schema = forward->function().getSchema();
    const auto &arguments = schema.arguments();  // the first is the module itself
    const size_t taken = arguments.size() - 1;
    size_t needed = 0;
    for (size_t i = 1; i < arguments.size(); i++) {
        if (!arguments[i].default_value()) needed = i;
        if (i <= input_count && !c10::TensorType::get()->isSubtypeOf(*arguments[i].type()))
            throw Refusal{adyton_torch_model_invalid, "an argument is no tensor but " + arguments[i].type()->str()};
    }
    if (input_count < needed || input_count > taken)
        throw Refusal{adyton_torch_arity, "\"forward\" takes " + std::to_string(taken) + " tensors"};

    if (schema.returns().size() != 1) throw Refusal{adyton_torch_model_invalid, "\"forward\" gives nothing"};
    const c10::TypePtr &given = schema.returns()[0].type();
    std::vector<c10::TypePtr> types{given};
    if (const auto tuple = given->cast<c10::TupleType>()) types = tuple->elements().vec();
    for (const c10::TypePtr &type : types)
        if (!is_tensor(type)) throw Refusal{adyton_torch_model_invalid, "\"forward\" gives " + given->str()};
    if (types.size() != output_count)
        throw Refusal{adyton_torch_arity, "\"forward\" gives " + std::to_string(types.size()) + " tensors"};
}

/// Optimizes the module without a second copy of the weights.
///
/// Freezing folds constants and inlines all calls; the pass gives convolutions the layout that oneDNN prefers.
/// `torch::jit::optimize_for_inference` does both and also stores a transposed copy of each dense layer's weights,
/// which doubles an AlexNet's memory without making it faster.
torch::jit::Module prepared(torch::jit::Module module, at::ScalarType type) {
    module.eval();
    const bool is_frozen = !module.hasattr("training");  // it was frozen before it was saved
    if (type != at::kFloat) {
        if (is_frozen)
            throw Refusal{adyton_torch_precision_unsupported, "the module was frozen, so its weights are as they are"};
        module.to(type);
    }
    if (is_frozen) return module;
    torch::jit::Module frozen = torch::jit::freeze(module);
    auto graph = frozen.get_method("forward").graph();
    torch::jit::ConvertFrozenOpsToMKLDNN(graph);
    return frozen;
}

/// Without these instructions oneDNN computes in float32 and converts, which is slower than float32 alone.
bool multiplies_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

std::vector<bool> written_inputs(const torch::jit::Module &module, size_t input_count) {
    const auto graph = module.get_method("forward").graph()->copy();
    torch::jit::Inline(*graph);
    const torch::jit::AliasDb aliases(graph);
    std::vector<bool> is_written;
    for (size_t i = 1; i <= input_count; i++) is_written.push_back(aliases.hasWriters(graph->inputs()[i]));
    return is_written;
}

adyton_torch_status load(const char *path, int threads, adyton_torch_precision precision, size_t input_count,
                         size_t output_count, adyton_torch_model **model, char *message, size_t capacity) {
    return guarded(adyton_torch_model_invalid, message, capacity, [&] {
        const at::ScalarType type = precision == adyton_torch_bfloat16 ? at::kBFloat16 : at::kFloat;
        if (type == at::kBFloat16 && !multiplies_bfloat16())
            throw Refusal{adyton_torch_precision_unsupported, "a processor without AVX512_BF16"};
        at::set_num_threads(threads);
        // One execution plan for all batch sizes, made at the first run: no profiling runs, and no second plan after
        // them.
        torch::jit::getProfilingMode() = false;
        torch::jit::Module module = torch::jit::load(path, c10::kCPU, /*load_debug_files=*/false);
        check_arity(module, input_count, output_count);
        module = prepared(std::move(module), type);
        auto is_written = written_inputs(module, input_count);
        *model = new adyton_torch_model{std::move(module), input_count, output_count, std::move(is_written), type};
    });
}

void release(adyton_torch_model *model) { delete model; }

at::Tensor input(const adyton_torch_tensor &tensor, bool is_written, at::ScalarType type) {
    const at::IntArrayRef shape(reinterpret_cast<const int64_t *>(tensor.shape), tensor.rank);
    // libtorch's signature is not const; a tensor that may be written to is copied first.
    const at::Tensor lent = at::from_blob(const_cast<float *>(tensor.elements), shape, at::kFloat);
    if (type != at::kFloat) return lent.to(type);
    return is_written ? lent.clone() : lent;
}

at::Tensor output(const c10::IValue &value, at::ScalarType type) {
    if (!value.isTensor() || !value.toTensor().defined())
        throw Refusal{adyton_torch_data_type, "an output is no tensor"};
    const at::Tensor &tensor = value.toTensor();
    if (tensor.scalar_type() != type)
        throw Refusal{adyton_torch_data_type, std::string("an output is ") + c10::toString(tensor.scalar_type())};
    const at::Tensor dense = tensor.layout() == at::kStrided ? tensor : tensor.to_dense();
    return dense.to(at::kCPU, at::kFloat).contiguous();
}

adyton_torch_status run(adyton_torch_model *model, const adyton_torch_tensor *inputs, adyton_torch_result **result,
                        char *message, size_t capacity) {
    return guarded(adyton_torch_run_failed, message, capacity, [&] {
        const c10::InferenceMode inference;
        std::vector<c10::IValue> arguments;
        for (size_t i = 0; i < model->input_count; i++)
            arguments.emplace_back(input(inputs[i], model->is_written[i], model->type));
        const c10::IValue given = model->module.forward(std::move(arguments));
        std::vector<at::Tensor> tensors;
        if (given.isTuple())
            for (const c10::IValue &value : given.toTupleRef().elements()) tensors.push_back(output(value, model->type));
        else
            tensors.push_back(output(given, model->type));
        if (tensors.size() != model->output_count)
            throw Refusal{adyton_torch_arity, "\"forward\" gave " + std::to_string(tensors.size()) + " tensors"};
        *result = new adyton_torch_result{std::move(tensors)};
    });
}

adyton_torch_tensor result_tensor(const adyton_torch_result *result, size_t index) {
    const at::Tensor &tensor = result->tensors[index];
    const at::IntArrayRef shape = tensor.sizes();
    return {tensor.const_data_ptr<float>(), static_cast<size_t>(tensor.numel()),
            reinterpret_cast<const intptr_t *>(shape.data()), shape.size()};
}

void release_result(adyton_torch_result *result) { delete result; }

}  // namespace

extern "C" __attribute__((visibility("default"))) const adyton_torch_table *adyton_torch_functions(void) {
    static const adyton_torch_table table = {
        adyton_torch_interface_version, TORCH_VERSION, load, release, run, result_tensor, release_result,
    };
    // C++ has no stable ABI: another version of libtorch may load and then behave unpredictably.
    return aoti_torch_abi_version() == TORCH_ABI_VERSION ? &table : nullptr;
}

#endif
