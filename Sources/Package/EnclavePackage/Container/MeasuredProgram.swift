/// A program or library of this project that a sealed machine measures.
///
/// `Scripts/build-guest.sh all` builds them; ``SealedPackage/content(of:)`` reads them out of a package.
package enum MeasuredProgram: String, CaseIterable, Sendable {
    case initProgram = "init"
    case gateway = "gateway"
    case server = "adyton-server"
    case torchBridge = "libAdytonTorch.so"

    /// The name of its file, as `Scripts/build-guest.sh` writes it.
    package var fileName: String { rawValue }

    /// The name of its file with symbols, in the build's folder.
    package var productName: String {
        switch self {
        case .initProgram: "adyton-init"
        case .gateway: "adyton-gateway"
        case .server, .torchBridge: rawValue
        }
    }

    /// What a report calls it.
    package var title: String {
        switch self {
        case .initProgram: "process 1"
        case .gateway: "gateway"
        case .server: "server"
        case .torchBridge: "PyTorch engine"
        }
    }

    /// Its path in the root file system that `Scripts/server-root.sh` makes; nil for what lies outside of it.
    var pathInRoot: String? {
        switch self {
        case .initProgram, .gateway: nil
        case .server: "adyton/bin/adyton-server"
        case .torchBridge: "adyton/lib/libAdytonTorch.so"
        }
    }
}
