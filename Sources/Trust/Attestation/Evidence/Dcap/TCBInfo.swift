import FoundationEssentials
import StrictJSON

/// Intel's TCB info, the document about a platform's security versions (`tcbInfo`, versions 2 and 3).
struct TCBInfo: Sendable, Equatable {
    /// `SGX` or `TDX`; version 2 has no such field and is about SGX.
    let technology: String
    /// The document's version.
    let version: Int
    /// When it was issued.
    let issued: Date
    /// When the next version is due.
    let nextUpdate: Date
    /// FMSPC: the family, model and stepping that it applies to.
    let platform: [UInt8]
    /// PCEID: the provisioning certification enclave that it applies to.
    let provisioningIdentity: [UInt8]
    /// TCB evaluation data number; a higher one is a later evaluation by Intel.
    let evaluationNumber: Int
    /// The identity of the TDX module's first major version.
    let module: ModuleIdentity?
    /// The identities of later major versions of the TDX module.
    let modules: [ModuleIdentity]
    /// The TCB levels, highest first.
    let levels: [TCBLevel]

    /// The expected identity of a TDX module.
    struct ModuleIdentity: Sendable, Equatable {
        /// `TDX_01` and so on; nil for the first major version.
        let name: String?
        /// MRSIGNERSEAM.
        let signer: [UInt8]
        /// SEAMATTRIBUTES under the mask.
        let attributes: [UInt8]
        /// The bits of the attributes that are compared.
        let attributesMask: [UInt8]
        /// The levels of the module's security version.
        let levels: [ComponentLevel]

        init(_ node: JSONNode) throws(JSONError) {
            name = node["id"]?.string
            signer = try node.hexadecimal("mrsigner", 48)
            attributes = try node.hexadecimal("attributes", 8)
            attributesMask = try node.hexadecimal("attributesMask", 8)
            levels = try node.optionalList("tcbLevels", ComponentLevel.init)
        }
    }

    init(_ node: JSONNode) throws(JSONError) {
        version = try node.number("version")
        technology = version == 2 ? "SGX" : try node.text("id")
        issued = try node.date("issueDate")
        nextUpdate = try node.date("nextUpdate")
        platform = try node.hexadecimal("fmspc", 6)
        provisioningIdentity = try node.hexadecimal("pceId", 2)
        evaluationNumber = try node.number("tcbEvaluationDataNumber")
        let module = node["tdxModule"].flatMap { $0.isNull ? nil : $0 }
        self.module = try module.map(ModuleIdentity.init)
        modules = try node.optionalList("tdxModuleIdentities", ModuleIdentity.init)
        levels = try node.list("tcbLevels", TCBLevel.init)
            .sorted { $1.minimum.lexicographicallyPrecedes($0.minimum) }
    }
}

extension TCBLevel.SecurityVersions {
    /// The order of levels: the processor's components first, then PCESVN, then the module's components.
    fileprivate func lexicographicallyPrecedes(_ other: Self) -> Bool {
        if processor != other.processor { return processor.lexicographicallyPrecedes(other.processor) }
        if provisioningEnclave != other.provisioningEnclave { return provisioningEnclave < other.provisioningEnclave }
        return (module ?? []).lexicographicallyPrecedes(other.module ?? [])
    }
}

/// Intel's QE identity, the document about a quoting enclave (`enclaveIdentity`, version 2).
struct QuotingEnclaveIdentity: Sendable, Equatable {
    /// `QE` or `TD_QE`.
    let technology: String
    /// The document's version.
    let version: Int
    /// When it was issued.
    let issued: Date
    /// When the next version is due.
    let nextUpdate: Date
    /// MISCSELECT under the mask.
    let miscSelect: [UInt8]
    /// The bits of MISCSELECT that are compared.
    let miscSelectMask: [UInt8]
    /// ATTRIBUTES under the mask.
    let attributes: [UInt8]
    /// The bits of ATTRIBUTES that are compared.
    let attributesMask: [UInt8]
    /// MRSIGNER.
    let signer: [UInt8]
    /// ISVPRODID.
    let productIdentity: UInt16
    /// The levels of the enclave's security version.
    let levels: [ComponentLevel]

    init(_ node: JSONNode) throws(JSONError) {
        technology = try node.text("id")
        version = try node.number("version")
        issued = try node.date("issueDate")
        nextUpdate = try node.date("nextUpdate")
        miscSelect = try node.hexadecimal("miscselect", 4)
        miscSelectMask = try node.hexadecimal("miscselectMask", 4)
        attributes = try node.hexadecimal("attributes", 16)
        attributesMask = try node.hexadecimal("attributesMask", 16)
        signer = try node.hexadecimal("mrsigner", 32)
        productIdentity = try node.number("isvprodid")
        levels = try node.list("tcbLevels", ComponentLevel.init)
    }
}
