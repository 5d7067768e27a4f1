import Crypto
import Diagnostics
package import EnclavePackage
import Foundation
package import Installation
package import ProgramComparison

/// The measured programs of a package or of an installation, each compared with a clean build of the sources.
package struct SourceComparison: Equatable, Sendable {
    /// One program in both.
    package struct Program: Equatable, Sendable {
        /// Which it is.
        package let program: MeasuredProgram
        /// SHA-256 of what was given, and of the clean build, as 64 digits each.
        package let given, rebuilt: String
        /// The first difference; nil where there is none.
        package let difference: ProgramDifference?
    }

    /// Every program that was given, in the order of ``MeasuredProgram``.
    package let programs: [Program]

    /// Whether every program is the same.
    package var isSame: Bool { programs.allSatisfy { $0.difference == nil } }

    /// Compares the programs of a package.
    ///
    /// - Parameters:
    ///   - package: The package; every part is read from it and compared with the manifest's digest before.
    ///   - build: A clean build.
    /// - Throws: `package.*`, `manifest.*`, `source.program-missing`.
    package init(of package: SealedPackage, with build: SourceBuild) throws {
        try self.init(with: build) { try package.content(of: $0) }
    }

    /// Compares the programs that this installation puts into packages.
    ///
    /// - Parameters:
    ///   - locator: Where the running program is installed.
    ///   - build: A clean build.
    /// - Throws: `source.program-missing` where it has none at all; a file's error.
    package init(of locator: PartLocator, with build: SourceBuild) throws {
        try self.init(with: build) { program in
            guard let path = try? locator.find(Self.part(program)) else { return nil }
            return Array(try Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
        }
        guard !programs.isEmpty else {
            throw SourceBuildError(
                .programMissing,
                subject: "the programs to compare with",
                expected: "a package, or an installation or a build with them: Scripts/build-guest.sh all"
            )
        }
    }

    private init(with build: SourceBuild, given: (MeasuredProgram) throws -> [UInt8]?) throws {
        programs = try MeasuredProgram.allCases.compactMap { program in
            guard let given = try given(program) else { return nil }
            let rebuilt = try build.content(of: program)
            return Program(
                program: program,
                given: Hexadecimal.text(SHA256.hash(data: given)),
                rebuilt: Hexadecimal.text(SHA256.hash(data: rebuilt.program)),
                difference: ProgramDifference.between(given, rebuilt.program, symbols: rebuilt.symbols)
            )
        }
    }

    private static func part(_ program: MeasuredProgram) -> InstalledPart {
        switch program {
        case .initProgram: .initProgram
        case .gateway: .gateway
        case .server: .server
        case .torchBridge: .measuredTorchBridge
        }
    }
}
