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
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct adyton_torch_model {
    torch::jit::Module module;
    size_t input_count;
    std::vector<std::string> output_names;
    /// Whether "forward" takes an input as a number in place of a tensor: its kind, or that of a tensor.
    std::vector<c10::TypeKind> kinds;
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

/// The kind of an argument: a tensor, or a number that a tensor of one element gives; any other is refused.
c10::TypeKind argument_kind(const c10::TypePtr &type) {
    if (c10::TensorType::get()->isSubtypeOf(*type)) return c10::TypeKind::TensorType;
    switch (type->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType: return type->kind();
    default: throw Refusal{adyton_torch_model_invalid, "an argument is no tensor but " + type->str()};
    }
}

/// The number of tensors that a result of a type has; nothing where only a run shows it.
std::optional<size_t> tensor_count(const c10::TypePtr &type) {
    if (type->isSubtypeOf(*c10::TensorType::get())) return 1;
    if (const auto tuple = type->cast<c10::TupleType>()) {
        size_t count = 0;
        bool is_known = true;
        for (const c10::TypePtr &element : tuple->elements()) {
            const auto inner = tensor_count(element);
            is_known = is_known && inner;
            count += inner.value_or(0);
        }
        return is_known ? std::optional<size_t>(count) : std::nullopt;
    }
    if (const auto list = type->cast<c10::ListType>(); list && tensor_count(list->getElementType())) return std::nullopt;
    if (const auto map = type->cast<c10::DictType>(); map && map->getKeyType()->kind() == c10::TypeKind::StringType &&
                                                      tensor_count(map->getValueType()) == 1)
        return std::nullopt;
    throw Refusal{adyton_torch_model_invalid, "\"forward\" gives " + type->str()};
}

/// Checks that "forward" has the expected number of inputs and outputs.
///
/// Returns the kinds of its arguments.
std::vector<c10::TypeKind> check_arity(const torch::jit::Module &module, size_t input_count, size_t output_count) {
    const auto forward = module.find_method("forward");
    if (!forward) throw Refusal{adyton_torch_model_invalid, "the module has no method \"forward\""};
    const c10::FunctionSchema &schema = forward->function().getSchema();
    const auto &arguments = schema.arguments();  // the first is the module itself
    const size_t taken = arguments.size() - 1;
    size_t needed = 0;
    std::vector<c10::TypeKind> kinds;
    for (size_t i = 1; i < arguments.size(); i++) {
        if (!arguments[i].default_value()) needed = i;
        if (i <= input_count) kinds.push_back(argument_kind(arguments[i].type()));
    }
    if (input_count < needed || input_count > taken)
        throw Refusal{adyton_torch_arity, "\"forward\" takes " + std::to_string(taken) + " tensors"};

    if (schema.returns().size() != 1) throw Refusal{adyton_torch_model_invalid, "\"forward\" gives nothing"};
    const auto count = tensor_count(schema.returns()[0].type());
    if (count && *count != output_count)
        throw Refusal{adyton_torch_arity, "\"forward\" gives " + std::to_string(*count) + " tensors"};
    return kinds;
}

/// Refuses a module that keeps something from one run for the next: an answer would depend on earlier requests, which
/// may be another client's.
void refuse_state(const torch::jit::Block *block, const torch::jit::AliasDb &aliases) {
    for (const torch::jit::Node *node : block->nodes()) {
        bool is_state = node->kind() == c10::prim::SetAttr;
        if (node->kind() == c10::prim::GetAttr)
            for (const torch::jit::Value *value : node->outputs())
                is_state = is_state || (value->type()->kind() == c10::TypeKind::TensorType && aliases.hasWriters(value));
        if (is_state)
            throw Refusal{adyton_torch_model_invalid, "the module keeps state from one run for the next"};
        for (const torch::jit::Block *inner : node->blocks()) refuse_state(inner, aliases);
    }
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
    refuse_state(graph->block(), aliases);
    std::vector<bool> is_written;
    for (size_t i = 1; i <= input_count; i++) is_written.push_back(aliases.hasWriters(graph->inputs()[i]));
    return is_written;
}

adyton_torch_status load(const char *path, int threads, adyton_torch_precision precision, size_t input_count,
                         const char *const *output_names, size_t output_count, adyton_torch_model **model,
                         char *message, size_t capacity) {
    return guarded(adyton_torch_model_invalid, message, capacity, [&] {
        const at::ScalarType type = precision == adyton_torch_bfloat16 ? at::kBFloat16 : at::kFloat;
        if (type == at::kBFloat16 && !multiplies_bfloat16())
            throw Refusal{adyton_torch_precision_unsupported, "a processor without AVX512_BF16"};
        at::set_num_threads(threads);
        // One execution plan for all batch sizes, made at the first run: no profiling runs, and no second plan after
        // them.
        torch::jit::getProfilingMode() = false;
        torch::jit::Module module = torch::jit::load(path, c10::kCPU, /*load_debug_files=*/false);
        auto kinds = check_arity(module, input_count, output_count);
        module = prepared(std::move(module), type);
        auto is_written = written_inputs(module, input_count);
        *model = new adyton_torch_model{std::move(module),
                                        input_count,
                                        {output_names, output_names + output_count},
                                        std::move(kinds),
                                        std::move(is_written),
                                        type};
    });
}

void release(adyton_torch_model *model) { delete model; }

/// libtorch's types beside the numbers that ONNX gives them.
constexpr std::pair<int, at::ScalarType> types[] = {
    {1, at::kFloat}, {2, at::kByte}, {3, at::kChar},   {4, at::kUInt16},  {5, at::kShort},   {6, at::kInt},       {7, at::kLong},
    {9, at::kBool},  {10, at::kHalf}, {11, at::kDouble}, {12, at::kUInt32}, {13, at::kUInt64}, {16, at::kBFloat16},
};

at::ScalarType scalar_type(int element_type) {
    for (const auto &[number, type] : types)
        if (number == element_type) return type;
    throw Refusal{adyton_torch_data_type, "an input has a type that libtorch has not"};
}

bool has_number(at::ScalarType type) {
    for (const auto &[number, other] : types)
        if (other == type) return true;
    return false;
}

c10::IValue input(const adyton_torch_tensor &tensor, c10::TypeKind kind, bool is_written, at::ScalarType type) {
    const at::IntArrayRef shape(reinterpret_cast<const int64_t *>(tensor.shape), tensor.rank);
    // libtorch's signature is not const; a tensor that may be written to is copied first.
    const at::ScalarType own = scalar_type(tensor.element_type);
    const at::Tensor lent = at::from_blob(const_cast<void *>(tensor.elements), shape, own);
    if (kind != c10::TypeKind::TensorType) {
        if (tensor.count != 1) throw Refusal{adyton_torch_run_failed, "an argument is one number"};
        if (kind == c10::TypeKind::IntType) return lent.item().toLong();
        if (kind == c10::TypeKind::FloatType) return lent.item().toDouble();
        return lent.item().toBool();
    }
    if (own == at::kFloat && type != at::kFloat) return lent.to(type);
    return is_written ? lent.clone() : lent;
}

at::Tensor output(const at::Tensor &tensor, at::ScalarType type) {
    if (!tensor.defined()) throw Refusal{adyton_torch_data_type, "an output is no tensor"};
    const at::Tensor dense = tensor.layout() == at::kStrided ? tensor : tensor.to_dense();
    // What a module of a reduced precision computes in it leaves as float32.
    const at::ScalarType own = tensor.scalar_type();
    if (!has_number(own)) throw Refusal{adyton_torch_data_type, std::string("an output is ") + c10::toString(own)};
    return dense.to(at::kCPU, type != at::kFloat && own == type ? at::kFloat : own).contiguous();
}

/// Takes the tensors out of tuples, lists and dictionaries, in the order of the outputs' names.
void flatten(const c10::IValue &value, const adyton_torch_model &model, std::vector<at::Tensor> &tensors) {
    if (value.isTensor()) {
        tensors.push_back(output(value.toTensor(), model.type));
    } else if (value.isTuple()) {
        for (const c10::IValue &element : value.toTupleRef().elements()) flatten(element, model, tensors);
    } else if (value.isTensorList()) {
        for (const at::Tensor &tensor : value.toTensorVector()) tensors.push_back(output(tensor, model.type));
    } else if (value.isList()) {
        for (const c10::IValue &element : value.toListRef()) flatten(element, model, tensors);
    } else if (value.isGenericDict()) {
        const auto map = value.toGenericDict();
        for (const std::string &name : model.output_names) {
            const auto place = map.find(name);
            if (place == map.end()) throw Refusal{adyton_torch_arity, "\"forward\" gave no tensor \"" + name + "\""};
            flatten(place->value(), model, tensors);
        }
    } else {
        throw Refusal{adyton_torch_data_type, "an output is no tensor"};
    }
}

adyton_torch_status run(adyton_torch_model *model, const adyton_torch_tensor *inputs, adyton_torch_result **result,
                        char *message, size_t capacity) {
    return guarded(adyton_torch_run_failed, message, capacity, [&] {
        const c10::InferenceMode inference;
        std::vector<c10::IValue> arguments;
        for (size_t i = 0; i < model->input_count; i++)
            arguments.push_back(input(inputs[i], model->kinds[i], model->is_written[i], model->type));
        const c10::IValue given = model->module.forward(std::move(arguments));
        std::vector<at::Tensor> tensors;
        flatten(given, *model, tensors);
        if (tensors.size() != model->output_names.size())
            throw Refusal{adyton_torch_arity, "\"forward\" gave " + std::to_string(tensors.size()) + " tensors"};
        *result = new adyton_torch_result{std::move(tensors)};
    });
}

adyton_torch_tensor result_tensor(const adyton_torch_result *result, size_t index) {
    const at::Tensor &tensor = result->tensors[index];
    const at::IntArrayRef shape = tensor.sizes();
    int number = 0;  // "run" refuses every type without one
    for (const auto &[known, type] : types)
        if (type == tensor.scalar_type()) number = known;
    return {tensor.const_data_ptr(), number, static_cast<size_t>(tensor.numel()),
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
