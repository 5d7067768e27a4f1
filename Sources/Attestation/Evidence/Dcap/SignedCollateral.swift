import Foundation

/// What Intel's provisioning service signs as JSON: the exact bytes of one value, and the signature over them.
///
/// The bytes are kept as they came. They are decoded only after the signature over them was verified, and never
/// written again.
package struct SignedCollateral: Sendable, Equatable {
    /// The signed value, from its opening brace to its closing one.
    package let body: [UInt8]
    /// ECDSA P-256, r and s: 64 bytes.
    package let signature: [UInt8]
}

/// A level of a security version, and what Intel says of what reaches it.
struct TCBLevel: Sendable, Equatable, Decodable {
    /// What must be reached, component by component.
    let minimum: SecurityVersions
    /// What Intel says of it.
    let status: TCBStatus
    /// The advisories that apply at this level.
    let advisories: [String]

    private enum Key: String, CodingKey {
        case tcb, tcbStatus, advisoryIDs
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        minimum = try values.decode(SecurityVersions.self, forKey: .tcb)
        status = try values.decode(TCBStatus.self, forKey: .tcbStatus)
        advisories = try values.decodeIfPresent([String].self, forKey: .advisoryIDs) ?? []
    }

    /// The components of a level, in version 2's or in version 3's spelling.
    struct SecurityVersions: Sendable, Equatable, Decodable {
        /// The processor's 16 components.
        let processor: [UInt8]
        /// The provisioning certification enclave's.
        let provisioningEnclave: UInt16
        /// The TDX module's 16 components; nil in a document about SGX.
        let module: [UInt8]?

        private struct Component: Decodable {
            let svn: UInt8
        }

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            let componentsKey = Key(stringValue: "sgxtcbcomponents")
            if values.contains(componentsKey) {
                processor = try values.decode([Component].self, forKey: componentsKey).map(\.svn)
            } else {
                processor = try (1...16).map { index in
                    let digits = index < 10 ? "0\(index)" : "\(index)"
                    return try values.decode(UInt8.self, forKey: Key(stringValue: "sgxtcbcomp\(digits)svn"))
                }
            }
            let moduleKey = Key(stringValue: "tdxtcbcomponents")
            module = try values.decodeIfPresent([Component].self, forKey: moduleKey)?.map(\.svn)
            provisioningEnclave = try values.decode(UInt16.self, forKey: Key(stringValue: "pcesvn"))
            guard processor.count == 16, module == nil || module?.count == 16 else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "16 components")
                )
            }
        }
    }
}

/// A level of an enclave's or a module's own security version.
struct ComponentLevel: Sendable, Equatable, Decodable {
    /// The security version that reaches it.
    let minimum: UInt16
    /// What Intel says of it.
    let status: TCBStatus
    /// The advisories that apply at this level.
    let advisories: [String]

    private enum Key: String, CodingKey {
        case tcb, tcbStatus, advisoryIDs
    }

    private struct Version: Decodable {
        let isvsvn: UInt16
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        minimum = try values.decode(Version.self, forKey: .tcb).isvsvn
        status = try values.decode(TCBStatus.self, forKey: .tcbStatus)
        advisories = try values.decodeIfPresent([String].self, forKey: .advisoryIDs) ?? []
    }

    /// The highest level that a security version reaches; nil where it reaches none.
    static func reached(by version: UInt16, in levels: [ComponentLevel]) -> ComponentLevel? {
        levels.filter { $0.minimum <= version }.max { $0.minimum < $1.minimum }
    }
}
