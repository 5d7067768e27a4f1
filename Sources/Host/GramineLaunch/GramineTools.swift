import Foundation

/// Gramine's programs on this host.
package struct GramineTools: Equatable, Sendable {
    /// The programs by name.
    package enum Program: String, CaseIterable, Sendable {
        case manifest = "gramine-manifest"
        case sign = "gramine-sgx-sign"
        case sgx = "gramine-sgx"
        case direct = "gramine-direct"
    }

    /// The device that enclaves are made with.
    package static let device = "/dev/sgx_enclave"
    /// How to get Gramine, for error messages; no release of Debian has a package of it.
    package static let remedy = "install Gramine from its own package archive (gramine.readthedocs.io, Installation)"

    private let folders: [Substring]

    /// - Parameter environment: Where the search path is looked up.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    }

    /// Finds a program.
    ///
    /// - Parameter program: The program.
    /// - Returns: Its path.
    /// - Throws: `gramine.program-missing` with how to get it.
    package func path(of program: Program) throws(GramineError) -> String {
        let places = folders.map { "\($0)/\(program.rawValue)" }
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw GramineError(
                .programMissing,
                subject: program.rawValue,
                expected: "on the search path; \(Self.remedy)"
            )
        }
        return found
    }

    /// Whether all programs that an enclave needs are there.
    package var isComplete: Bool {
        [Program.manifest, .sign, .sgx].allSatisfy { (try? path(of: $0)) != nil }
    }
}
