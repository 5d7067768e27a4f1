// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "swift-client",
    dependencies: [
        // A project of its own would name a repository and a version here.
        .package(name: "adyton", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "swift-client",
            dependencies: [
                .product(name: "Attestation", package: "adyton"),
                .product(name: "InferenceClient", package: "adyton"),
            ],
            swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")]
        )
    ],
    swiftLanguageModes: [.v6]
)
