import StrictJSON

/// A JSON value signed by Intel's provisioning service: its exact bytes, and the signature over them.
///
/// The bytes are kept as received. They are decoded only after the signature is verified, and never encoded again.
package struct SignedCollateral: Sendable, Equatable {
    /// The signed value, from its opening brace to its closing one.
    package let body: [UInt8]
    /// ECDSA P-256, r and s: 64 bytes.
    package let signature: [UInt8]
}

/// A TCB level and its status.
struct TCBLevel: Sendable, Equatable {
    /// The minimum of each component.
    let minimum: SecurityVersions
    /// Intel's TCB status for this level.
    let status: TCBStatus
    /// The advisories that apply at this level.
    let advisories: [String]

    init(_ node: JSONNode) throws(JSONError) {
        minimum = try SecurityVersions(node.required("tcb"))
        status = try node.status("tcbStatus")
        advisories = try node.advisories("advisoryIDs")
    }

    /// The components of a level, in version 2's or version 3's notation.
    struct SecurityVersions: Sendable, Equatable {
        /// The processor's 16 components.
        let processor: [UInt8]
        /// PCESVN of the provisioning certification enclave.
        let provisioningEnclave: UInt16
        /// The TDX module's 16 components; nil in a document about SGX.
        let module: [UInt8]?

        init(_ node: JSONNode) throws(JSONError) {
            if node["sgxtcbcomponents"] != nil {
                processor = try Self.components(node, "sgxtcbcomponents")
            } else {
                var components: [UInt8] = []
                for index in 1...16 {
                    components.append(try node.number("sgxtcbcomp\(index < 10 ? "0" : "")\(index)svn"))
                }
                processor = components
            }
            let isDomain = node["tdxtcbcomponents"].map { !$0.isNull } ?? false
            module = isDomain ? try Self.components(node, "tdxtcbcomponents") : nil
            provisioningEnclave = try node.number("pcesvn")
        }

        private static func components(_ node: JSONNode, _ name: String) throws(JSONError) -> [UInt8] {
            let components = try node.list(name) { component throws(JSONError) -> UInt8 in
                try component.number("svn")
            }
            guard components.count == 16 else { throw node.failure(.value, of: name, expected: "16 components") }
            return components
        }
    }
}

/// A level of an enclave's or a module's security version.
struct ComponentLevel: Sendable, Equatable {
    /// The minimum security version of this level.
    let minimum: UInt16
    /// Intel's TCB status for this level.
    let status: TCBStatus
    /// The advisories that apply at this level.
    let advisories: [String]

    init(_ node: JSONNode) throws(JSONError) {
        minimum = try node.required("tcb").number("isvsvn")
        status = try node.status("tcbStatus")
        advisories = try node.advisories("advisoryIDs")
    }

    /// The highest level that a security version reaches; nil where it reaches none.
    static func reached(by version: UInt16, in levels: [ComponentLevel]) -> ComponentLevel? {
        levels.filter { $0.minimum <= version }.max { $0.minimum < $1.minimum }
    }
}

extension JSONNode {
    /// A TCB status; an unknown one is an error, because it must not count as good.
    fileprivate func status(_ name: String) throws(JSONError) -> TCBStatus {
        guard let status = TCBStatus(rawValue: try text(name)) else {
            throw failure(.value, of: name, expected: TCBStatus.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return status
    }

    fileprivate func advisories(_ name: String) throws(JSONError) -> [String] {
        try optionalList(name) { entry throws(JSONError) -> String in
            guard let text = entry.string else { throw entry.failure(.type, expected: "a string") }
            return text
        }
    }
}
