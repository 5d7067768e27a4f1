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

/// For code that a generator wrote: the same, but nobody can mark what is unsafe in it.
let generated = Array(strict.dropFirst())

/// With a program comes what it uses of Swift's libraries, and no more, so that it runs where there is no Swift.
func staticRuntime(_ condition: BuildSettingCondition? = nil) -> [LinkerSetting] {
    [.unsafeFlags(["-static-stdlib"], condition)]
        // What Foundation is made of, which only its static modules would name by themselves.
        + [
            "CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections",
            "FoundationInternationalization", "FoundationEssentials",
        ].map { .linkedLibrary($0, condition) }
}

/// For programs that a sealed machine carries and measures.
let sealed: [LinkerSetting] =
    [
        // Without names that nobody asks a program for, and without an identifier of its debug information, which holds the
        // build's folder. What has an address in it is read-only once the program has started (RELRO, BIND_NOW): GNU's
        // newer linker makes no such program of this compiler's objects, and LLVM's brings all of ICU along.
        .unsafeFlags(
            [
                "-use-ld=gold", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "relro",
                "-Xlinker", "-z", "-Xlinker", "now", "-Xlinker", "--build-id=none",
            ],
            .when(configuration: .release)
        )
    ] + staticRuntime()

let package = Package(
    name: "adyton",
    products: [
        // Loaded at run time by TorchEngine, so that one server binary serves an image with PyTorch and one without.
        .library(name: "AdytonTorch", type: .dynamic, targets: ["CTorch"]),
        .library(name: "Attestation", targets: ["Attestation"]),
        // With the module of the values that it returns, whose members a strict importer has to name.
        .library(name: "InferenceClient", targets: ["InferenceClient", "InferenceProtocol"]),
    ],
    traits: [
        .trait(name: "Onnx", description: "The ONNX Runtime engine."),
        .trait(name: "Torch", description: "The PyTorch engine; its build needs libtorch's headers."),
        .trait(name: "GRPC", description: "The Open Inference Protocol over gRPC, too."),
        .default(enabledTraits: ["GRPC", "Onnx", "Torch"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        // Without the parts that take all of Foundation, whose tables a sealed machine would carry and measure.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        // For `make docs` alone: no target depends on it, so neither a build nor a client's build compiles it.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // MARK: ground
        .target(name: "Diagnostics", path: "Sources/Shared/Diagnostics", swiftSettings: strict),
        .target(name: "Installation", path: "Sources/Shared/Installation", swiftSettings: strict),
        // No Foundation: programs that a sealed machine carries and measures read with it.
        .target(name: "StrictJSON", path: "Sources/Shared/StrictJSON", swiftSettings: strict),

        // MARK: shims
        .target(name: "COnnxRuntime", path: "Sources/Shims/COnnxRuntime"),
        .target(name: "CTorchInterface", path: "Sources/Shims/CTorchInterface"),
        .target(
            name: "CTorch",
            dependencies: ["CTorchInterface"],
            path: "Sources/Shims/CTorch",
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
                        // Beside the library, then where an app directory keeps libraries; no folder of the build's machine.
                        "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN", "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib",
                        // Otherwise the linker writes the path of the build's folder as the library's name.
                        "-Xlinker", "-soname", "-Xlinker", "libAdytonTorch.so", "-Xlinker", "--build-id=none",
                    ],
                    .when(traits: ["Torch"])
                ),
                .linkedLibrary("torch_cpu", .when(traits: ["Torch"])),
                .linkedLibrary("c10", .when(traits: ["Torch"])),
            ]
        ),
        .target(name: "CLinux", path: "Sources/Shims/CLinux"),
        .target(name: "CConfinement", path: "Sources/Shims/CConfinement"),
        .target(name: "CGuest", dependencies: ["CConfinement"], path: "Sources/Shims/CGuest"),
        .target(name: "CSandbox", dependencies: ["CConfinement"], path: "Sources/Shims/CSandbox"),
        .target(
            name: "CArchive",
            path: "Sources/Shims/CArchive",
            linkerSettings: [.linkedLibrary("archive"), .linkedLibrary("z")]
        ),
        .target(
            name: "CImageCodecs",
            path: "Sources/Shims/CImageCodecs",
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16")]
        ),

        // MARK: shared
        .target(
            name: "Files",
            dependencies: ["CLinux", "Diagnostics"],
            path: "Sources/Shared/Files",
            swiftSettings: strict
        ),

        // MARK: formats
        // No Foundation: process 1 of the guest is linked statically with it.
        .target(name: "GuestInterface", path: "Sources/Shared/GuestInterface", swiftSettings: strict),
        .target(name: "TpmCommands", path: "Sources/Shared/TpmCommands", swiftSettings: strict),
        .target(
            name: "GuestInit",
            dependencies: ["CGuest", "GuestInterface", "TpmCommands"],
            path: "Sources/Guest/GuestInit",
            swiftSettings: strict
        ),
        .target(
            name: "Decompression",
            dependencies: ["CArchive"],
            path: "Sources/Package/Decompression",
            swiftSettings: strict
        ),
        .target(
            name: "RootFileSystem",
            dependencies: [
                "CLinux", "Decompression", "Diagnostics", "Files",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            path: "Sources/Package/RootFileSystem",
            swiftSettings: strict
        ),

        .target(
            name: "ApplicationBundle",
            dependencies: ["Diagnostics", "Files"],
            path: "Sources/Package/ApplicationBundle",
            swiftSettings: strict
        ),
        .target(
            name: "ProgramComparison",
            dependencies: ["Diagnostics"],
            path: "Sources/Package/ProgramComparison",
            swiftSettings: strict
        ),
        .target(
            name: "ContainerImage",
            dependencies: [
                "Decompression", "Diagnostics", "Files", "RootFileSystem", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Package/ContainerImage",
            swiftSettings: strict
        ),

        // MARK: compute
        .target(
            name: "Inference",
            dependencies: ["CImageCodecs", "CLinux", "Diagnostics", "InferenceProtocol", "Installation"],
            path: "Sources/Model/Inference",
            swiftSettings: strict
        ),
        .target(
            name: "OnnxEngine",
            dependencies: ["COnnxRuntime", "Inference", "InferenceProtocol"],
            path: "Sources/Model/OnnxEngine",
            swiftSettings: strict
        ),
        .target(
            name: "TorchEngine",
            dependencies: ["CTorchInterface", "Inference", "InferenceProtocol", "Installation"],
            path: "Sources/Model/TorchEngine",
            swiftSettings: strict
        ),

        // MARK: package
        .target(
            name: "ModelPack",
            dependencies: [
                "Diagnostics", "Files", "Inference", "InferenceProtocol", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Model/ModelPack",
            swiftSettings: strict
        ),
        .target(
            name: "EnclavePackage",
            dependencies: [
                "ApplicationBundle", "Decompression", "Diagnostics", "Files", "GuestInterface", "Installation",
                "LaunchMeasurement", "ModelPack", "PackageManifest", "RootFileSystem", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Package/EnclavePackage",
            swiftSettings: strict
        ),

        // MARK: trust
        .target(
            name: "PackageManifest",
            dependencies: [
                "Diagnostics", "GuestInterface", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            path: "Sources/Trust/PackageManifest",
            swiftSettings: strict
        ),
        .target(
            name: "Attestation",
            dependencies: [
                "Diagnostics", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            path: "Sources/Trust/Attestation",
            swiftSettings: strict
        ),
        .target(
            name: "AttestedTransport",
            dependencies: [
                "Attestation", "Diagnostics", "GuestInterface", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            path: "Sources/Trust/AttestedTransport",
            swiftSettings: strict
        ),
        .target(
            name: "PeerVerification",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "GuestInterface", "PackageManifest",
            ],
            path: "Sources/Trust/PeerVerification",
            swiftSettings: strict
        ),
        .target(
            name: "DeveloperTrust",
            dependencies: [
                "Attestation", "Diagnostics",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            path: "Sources/Trust/DeveloperTrust",
            swiftSettings: strict
        ),
        .target(
            name: "LaunchMeasurement",
            dependencies: [
                "Diagnostics", "Files", "StrictJSON", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Package/LaunchMeasurement",
            swiftSettings: strict
        ),

        // MARK: services
        .target(
            name: "InferenceProtocol",
            dependencies: ["Diagnostics"],
            path: "Sources/Shared/InferenceProtocol",
            swiftSettings: strict
        ),
        .target(
            name: "ModelRuntime",
            dependencies: ["Diagnostics", "Inference", "InferenceProtocol", "ModelPack", "OnnxEngine", "TorchEngine"],
            path: "Sources/Model/ModelRuntime",
            swiftSettings: strict
        ),
        .target(
            name: "InferenceServer",
            dependencies: [
                "AttestedTransport", "Diagnostics", "Inference", "InferenceProtocol", "ModelPack", "ModelRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Serving/InferenceServer",
            swiftSettings: strict
        ),
        // Written by Scripts/generate-grpc.sh.
        .target(
            name: "OpenInferenceMessages",
            dependencies: [
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/Serving/OpenInferenceMessages",
            exclude: ["open_inference.proto"],
            swiftSettings: generated
        ),
        .target(
            name: "InferenceGRPC",
            dependencies: [
                "AttestedTransport", "InferenceProtocol", "InferenceServer", "OpenInferenceMessages",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/Serving/InferenceGRPC",
            swiftSettings: strict
        ),
        .target(
            name: "InferenceClient",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "InferenceProtocol", "PeerVerification",
                "StrictJSON", "VendorServices",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/Client/InferenceClient",
            swiftSettings: strict
        ),

        .target(
            name: "VendorServices",
            dependencies: [
                "Attestation", "Diagnostics",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Sources/Trust/VendorServices",
            swiftSettings: strict
        ),
        .target(
            name: "Machine",
            dependencies: [
                "Attestation", "CLinux", "DeveloperTrust", "Diagnostics", "Files", "GuestInterface",
                "PackageManifest", "RootFileSystem", "StrictJSON", "TpmCommands",
            ],
            path: "Sources/Host/Machine",
            swiftSettings: strict
        ),
        .target(
            name: "Sandbox",
            dependencies: [
                "CLinux", "CSandbox", "Diagnostics", "Files", "GuestInterface", "RootFileSystem", "StrictJSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/Host/Sandbox",
            swiftSettings: strict
        ),

        .target(
            name: "AttestedGateway",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "Files", "GuestInterface", "StrictJSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/Guest/AttestedGateway",
            swiftSettings: strict
        ),

        .target(
            name: "MachineLaunch",
            dependencies: [
                "Attestation", "DeveloperTrust", "Diagnostics", "EnclavePackage", "Files", "GramineLaunch",
                "GuestInterface", "Installation", "LaunchMeasurement", "Machine", "PackageManifest",
                "PeerVerification", "ProgramComparison", "RootFileSystem", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Host/MachineLaunch",
            swiftSettings: strict
        ),
        .target(
            name: "GramineLaunch",
            dependencies: [
                "Diagnostics", "EnclavePackage", "Files", "GuestInterface", "RootFileSystem",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Sources/Host/GramineLaunch",
            swiftSettings: strict
        ),

        // MARK: tools
        .target(
            name: "AttestationArguments",
            dependencies: [
                "AttestedTransport", "GuestInterface",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Tools/AttestationArguments",
            swiftSettings: strict
        ),
        .target(
            name: "ServerTool",
            dependencies: [
                "AttestationArguments", "AttestedTransport", "CLinux", "Diagnostics", "Inference", "InferenceServer",
                "ModelPack", "ModelRuntime",
                .target(name: "InferenceGRPC", condition: .when(traits: ["GRPC"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Tools/ServerTool",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "adyton",
            dependencies: [
                "ApplicationBundle", "Attestation", "AttestedTransport", "CLinux", "ContainerImage", "DeveloperTrust",
                "Diagnostics", "EnclavePackage", "Files", "GramineLaunch", "GuestInterface", "Inference",
                "InferenceClient", "InferenceProtocol", "Installation", "LaunchMeasurement", "Machine", "MachineLaunch",
                "ModelPack", "ModelRuntime",
                "PackageManifest", "PeerVerification", "ProgramComparison", "RootFileSystem", "Sandbox", "ServerTool",
                "StrictJSON",
                "VendorServices",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Sources/Tools/adyton",
            // It parses and calls libraries. What an optimizer costs here comes last in every build, with nothing beside it.
            swiftSettings: strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))],
            linkerSettings: staticRuntime(.when(configuration: .release))
        ),
        .executableTarget(
            name: "adyton-server",
            dependencies: ["ServerTool", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Sources/Tools/adyton-server",
            swiftSettings: strict,
            linkerSettings: sealed
        ),
        .executableTarget(
            name: "adyton-gateway",
            dependencies: [
                "AttestationArguments", "AttestedGateway", "AttestedTransport", "Diagnostics",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Tools/adyton-gateway",
            swiftSettings: strict,
            linkerSettings: sealed
        ),
        // Process 1 of the guest, alone in its file system: everything it needs is in it.
        .executableTarget(
            name: "adyton-init",
            dependencies: ["GuestInit"],
            path: "Sources/Tools/adyton-init",
            swiftSettings: strict,
            // Without an identifier of its debug information, which holds the build's folder: stripped, the bytes are
            // the same wherever it is built.
            linkerSettings: [.unsafeFlags(["-static-executable", "-Xlinker", "--build-id=none"])]
        ),

        // MARK: benchmarks
        .executableTarget(
            name: "image-bench",
            dependencies: ["Inference"],
            path: "Benchmarks/ImageBench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "attestation-bench",
            dependencies: ["Attestation"],
            path: "Benchmarks/AttestationBench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "transport-bench",
            dependencies: ["Attestation", "AttestedTransport", "InferenceClient", "PeerVerification"],
            path: "Benchmarks/TransportBench",
            swiftSettings: strict
        ),

        // MARK: tests
        .target(
            name: "TestSupport",
            dependencies: [
                "GuestInterface",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FilesTests",
            dependencies: ["Files", "TestSupport"],
            path: "Tests/Shared/FilesTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "StrictJSONTests",
            dependencies: ["StrictJSON", "TestSupport"],
            path: "Tests/Shared/StrictJSONTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "GuestInterfaceTests",
            dependencies: ["GuestInterface"],
            path: "Tests/Shared/GuestInterfaceTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InstallationTests",
            dependencies: ["Installation", "TestSupport"],
            path: "Tests/Shared/InstallationTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "GuestInitTests",
            dependencies: [
                "Attestation", "DeveloperTrust", "Diagnostics", "Files", "GuestInit", "GuestInterface", "Machine",
                "RootFileSystem", "TestSupport", "TpmCommands", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/Guest/GuestInitTests",
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DeveloperTrustTests",
            dependencies: ["Attestation", "DeveloperTrust", "TestSupport"],
            path: "Tests/Trust/DeveloperTrustTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ApplicationBundleTests",
            dependencies: ["ApplicationBundle", "TestSupport"],
            path: "Tests/Package/ApplicationBundleTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "DecompressionTests",
            dependencies: ["Decompression", "TestSupport"],
            path: "Tests/Package/DecompressionTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProgramComparisonTests",
            dependencies: ["ProgramComparison", "TestSupport"],
            path: "Tests/Package/ProgramComparisonTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "RootFileSystemTests",
            dependencies: ["Diagnostics", "RootFileSystem", "TestSupport"],
            path: "Tests/Package/RootFileSystemTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "AttestationTests",
            dependencies: [
                "Attestation", "Diagnostics", "StrictJSON", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/Trust/AttestationTests",
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AttestedGatewayTests",
            dependencies: [
                "Attestation", "AttestedGateway", "AttestedTransport", "InferenceClient", "InferenceProtocol",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Guest/AttestedGatewayTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "AttestedTransportTests",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Trust/AttestedTransportTests",
            exclude: ["Oracles"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ContainerImageTests",
            dependencies: [
                "ContainerImage", "Diagnostics", "RootFileSystem", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/Package/ContainerImageTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EnclavePackageTests",
            dependencies: [
                "Diagnostics", "EnclavePackage", "Files", "GuestInterface", "Installation", "ModelPack",
                "PackageManifest", "RootFileSystem", "TestSupport",
            ],
            path: "Tests/Package/EnclavePackageTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "PeerVerificationTests",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "EnclavePackage", "GuestInterface",
                "PackageManifest", "PeerVerification", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/Trust/PeerVerificationTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "LaunchMeasurementTests",
            dependencies: ["Diagnostics", "LaunchMeasurement", "TestSupport"],
            path: "Tests/Package/LaunchMeasurementTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceTests",
            dependencies: ["CImageCodecs", "Inference", "Installation", "StrictJSON", "TestSupport"],
            path: "Tests/Model/InferenceTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ModelPackTests",
            dependencies: [
                "Diagnostics", "Inference", "InferenceProtocol", "ModelPack", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/Model/ModelPackTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ModelRuntimeTests",
            dependencies: [
                "Diagnostics", "Inference", "InferenceProtocol", "ModelPack", "ModelRuntime", "TestSupport",
            ],
            path: "Tests/Model/ModelRuntimeTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceProtocolTests",
            dependencies: ["InferenceProtocol", "TestSupport"],
            path: "Tests/Shared/InferenceProtocolTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceServerTests",
            dependencies: [
                "AttestedTransport", "Diagnostics", "Inference", "InferenceProtocol", "InferenceServer", "ModelRuntime",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Serving/InferenceServerTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceGRPCTests",
            dependencies: [
                "InferenceGRPC",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Tests/Serving/InferenceGRPCTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceClientTests",
            dependencies: [
                "Attestation", "AttestedTransport", "InferenceClient", "InferenceProtocol",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Client/InferenceClientTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "VendorServicesTests",
            dependencies: [
                "Attestation", "AttestedTransport", "Diagnostics", "InferenceClient", "TestSupport", "VendorServices",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Trust/VendorServicesTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "MachineTests",
            dependencies: ["Files", "GuestInterface", "Machine", "PackageManifest", "TestSupport"],
            path: "Tests/Host/MachineTests",
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "GramineLaunchTests",
            dependencies: ["EnclavePackage", "GramineLaunch", "GuestInterface", "TestSupport"],
            path: "Tests/Host/GramineLaunchTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "MachineLaunchTests",
            dependencies: [
                "Attestation", "Diagnostics", "EnclavePackage", "Files", "Installation", "Machine", "MachineLaunch",
                "PackageManifest", "ProgramComparison", "RootFileSystem", "StrictJSON", "TestSupport",
            ],
            path: "Tests/Host/MachineLaunchTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "adytonTests",
            dependencies: [
                "adyton", "Attestation", "Diagnostics", "InferenceProtocol", "Machine", "PackageManifest",
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Tools/adytonTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Attestation", "DeveloperTrust", "Diagnostics", "GuestInterface", "InferenceClient",
                "InferenceProtocol", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["Attestation", "InferenceClient", "TestSupport"],
            // What the pages show is compiled as in a reader's package, which turns no upcoming feature on.
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
        .testTarget(
            name: "OnnxEngineTests",
            dependencies: ["Inference", "InferenceProtocol", "OnnxEngine", "TestSupport"],
            path: "Tests/Model/OnnxEngineTests",
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TorchEngineTests",
            dependencies: ["Inference", "InferenceProtocol", "TorchEngine", "TestSupport"],
            path: "Tests/Model/TorchEngineTests",
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)
