// swift-tools-version: 6.3
import PackageDescription

/// Where `Scripts/setup.sh` puts the libraries that no package manager here brings.
let dependencies = Context.packageDirectory + "/.deps"

/// Every Swift target takes these, tests too; C shims take none.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),  // only a warning, until treatAllWarnings below
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let package = Package(
    name: "adyton",
    products: [
        // Loaded at run time by TorchEngine, so that one server binary serves an image with PyTorch and one without.
        .library(name: "AdytonTorch", type: .dynamic, targets: ["CTorch"])
    ],
    traits: [
        .trait(name: "Onnx", description: "The ONNX Runtime engine."),
        .trait(name: "Torch", description: "The PyTorch engine; its build needs libtorch's headers."),
        .default(enabledTraits: ["Onnx", "Torch"]),
    ],
    targets: [
        // MARK: shims
        .target(name: "COnnxRuntime"),
        .target(name: "CTorchInterface"),
        .target(
            name: "CTorch",
            dependencies: ["CTorchInterface"],
            cxxSettings: [
                .define("ADYTON_TORCH", .when(traits: ["Torch"])),
                .unsafeFlags(
                    [
                        // C++20 turns modules on, and then even the interface's header counts as one.
                        "-fno-cxx-modules",
                        "-isystem", dependencies + "/torch/include",
                        "-isystem", dependencies + "/torch/include/torch/csrc/api/include",
                    ],
                    .when(traits: ["Torch"])
                ),
            ],
            linkerSettings: [
                .unsafeFlags(
                    [
                        // A C++ library needs nothing of Swift's, so that it serves a program with another Swift, too.
                        "-nostartfiles", "-static-stdlib", "-L" + dependencies + "/torch/lib",
                        // Beside the library, then where a package keeps libraries, then where the build found them.
                        "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN", "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib",
                        "-Xlinker", "-rpath", "-Xlinker", dependencies + "/torch/lib",
                    ],
                    .when(traits: ["Torch"])
                ),
                .linkedLibrary("torch_cpu", .when(traits: ["Torch"])),
                .linkedLibrary("c10", .when(traits: ["Torch"])),
            ]
        ),
        .target(name: "CImageCodecs", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16")]),

        // MARK: compute
        .target(name: "Inference", dependencies: ["CImageCodecs"], swiftSettings: strict),
        .target(name: "OnnxEngine", dependencies: ["COnnxRuntime", "Inference"], swiftSettings: strict),
        .target(name: "TorchEngine", dependencies: ["CTorchInterface", "Inference"], swiftSettings: strict),

        // MARK: benchmarks
        .executableTarget(
            name: "image-bench",
            dependencies: ["Inference"],
            path: "Benchmarks/ImageBench",
            swiftSettings: strict
        ),

        // MARK: tests
        .target(name: "TestSupport", path: "Sources/TestSupport", swiftSettings: strict),
        .testTarget(name: "InferenceTests", dependencies: ["Inference", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "OnnxEngineTests",
            dependencies: ["Inference", "OnnxEngine", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TorchEngineTests",
            dependencies: ["Inference", "TorchEngine", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
