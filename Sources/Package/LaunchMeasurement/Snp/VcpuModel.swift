/// The guest's processor model, as far as a launch measures it: QEMU passes its CPUID signature in a register.
package struct VcpuModel: Sendable, Equatable {
    /// CPUID function 1, EAX (AMD, publication 25481).
    package let signature: UInt32

    /// Creates a model from its signature.
    ///
    /// - Parameter signature: CPUID function 1, EAX.
    package init(signature: UInt32) {
        self.signature = signature
    }

    /// Looks up a QEMU model name (`-cpu NAME`).
    ///
    /// - Parameter name: A name such as `EPYC-Milan` or `EPYC-v4`; case-sensitive.
    /// - Throws: `measure.vcpu-type-unknown` with the known names.
    package init(named name: String) throws(LaunchMeasurementError) {
        guard let generation = Self.generations.first(where: { $0.names.contains(name) }) else {
            throw LaunchMeasurementError(
                .vcpuTypeUnknown,
                subject: "type of virtual processor",
                expected: Self.names.joined(separator: ", "),
                found: name
            )
        }
        self.init(family: generation.family, model: generation.model, stepping: generation.stepping)
    }

    init(family: UInt32, model: UInt32, stepping: UInt32) {
        let (low, extended) = family > 15 ? (15, family - 15) : (family, 0)
        self.init(signature: extended << 20 | (model >> 4) << 16 | low << 8 | (model & 15) << 4 | stepping)
    }

    /// All known names.
    package static let names = generations.flatMap(\.names)

    /// QEMU's `builtin_x86_defs`; versions of a model differ in features and never in family, model and stepping.
    private static let generations: [(names: [String], family: UInt32, model: UInt32, stepping: UInt32)] = [
        (["EPYC", "EPYC-IBPB"] + versions("EPYC", 5), 23, 1, 2),
        (["EPYC-Rome"] + versions("EPYC-Rome", 5), 23, 49, 0),
        (["EPYC-Milan"] + versions("EPYC-Milan", 3), 25, 1, 1),
        (["EPYC-Genoa"] + versions("EPYC-Genoa", 2), 25, 17, 0),
        (["EPYC-Turin"] + versions("EPYC-Turin", 1), 26, 0, 0),
    ]

    private static func versions(_ name: String, _ count: Int) -> [String] {
        (1...count).map { "\(name)-v\($0)" }
    }
}
