/// The attributes of a trust domain (TDATTRIBUTES), by Intel's names.
///
/// Intel's TDX module specification, ATTRIBUTES; the same list is in the Linux kernel's `asm/shared/tdx.h`.
struct TrustDomainAttributes: Sendable, Equatable {
    /// One attribute.
    struct Attribute: Sendable {
        /// The bit's number.
        let bit: Int
        /// Intel's name.
        let name: String
        /// The reservation that the attribute gives rise to; nil where it is a feature of the guest itself.
        let reservation: TdxCheck?
    }

    /// The attributes that Intel names, in the order of their bits.
    static let known: [Attribute] = [
        Attribute(bit: 0, name: "DEBUG", reservation: .debuggable),
        Attribute(bit: 4, name: "HGS_PLUS_PROF", reservation: .hostGuestProfiling),
        Attribute(bit: 5, name: "PERF_PROF", reservation: .performanceProfiling),
        Attribute(bit: 6, name: "PMT_PROF", reservation: .telemetryProfiling),
        Attribute(bit: 16, name: "ICSSD", reservation: .icssd),
        Attribute(bit: 27, name: "LASS", reservation: nil),
        Attribute(bit: 28, name: "SEPT_VE_DISABLE", reservation: nil),
        Attribute(bit: 29, name: "MIGRATABLE", reservation: .migratable),
        Attribute(bit: 30, name: "PKS", reservation: nil),
        Attribute(bit: 31, name: "KL", reservation: nil),
        Attribute(bit: 62, name: "TPA", reservation: .provisioningAgent),
        Attribute(bit: 63, name: "PERFMON", reservation: nil),
    ]

    /// The value of the field.
    let value: UInt64

    /// The named attributes that are set.
    var named: [Attribute] { Self.known.filter { value >> UInt64($0.bit) & 1 == 1 } }

    /// The numbers of the bits that are set and have no name.
    var unnamed: [Int] {
        let names = Set(Self.known.map(\.bit))
        return (0..<64).filter { value >> UInt64($0) & 1 == 1 && !names.contains($0) }
    }

    /// The value in hexadecimal, with the names of what is set: `0x30000000: SEPT_VE_DISABLE MIGRATABLE`.
    var text: String {
        let names = named.map(\.name) + unnamed.map { "bit \($0)" }
        let digits = "0x" + String(value, radix: 16)
        return names.isEmpty ? digits : digits + ": " + names.joined(separator: " ")
    }

    /// The reservations about what is set.
    var reservations: [Finding] {
        named.compactMap { attribute in
            attribute.reservation.map { check in
                Finding(
                    check,
                    subject: "quote",
                    fields: ["TDATTRIBUTES"],
                    expected: "\(attribute.name) clear",
                    found: text
                )
            }
        }
    }
}
