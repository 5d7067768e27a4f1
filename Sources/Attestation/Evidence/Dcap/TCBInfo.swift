import Diagnostics
import Foundation

/// Intel's document about a platform's security versions (`tcbInfo`, versions 2 and 3).
struct TCBInfo: Sendable, Equatable, Decodable {
    /// `SGX` or `TDX`; version 2 knows SGX alone and does not say.
    let technology: String
    /// The document's version.
    let version: Int
    /// When it was issued.
    let issued: Date
    /// When a newer one is due.
    let nextUpdate: Date
    /// The family, model and stepping that it is about.
    let platform: [UInt8]
    /// The provisioning certification enclave that it is about.
    let provisioningIdentity: [UInt8]
    /// How new Intel's evaluation is.
    let evaluationNumber: Int
    /// What the TDX module of the first major version must be.
    let module: ModuleIdentity?
    /// What the TDX modules of later major versions must be.
    let modules: [ModuleIdentity]
    /// The levels, highest first.
    let levels: [TCBLevel]

    /// What a TDX module must be.
    struct ModuleIdentity: Sendable, Equatable, Decodable {
        /// `TDX_01` and so on; nil for the module of the first major version.
        let name: String?
        /// MRSIGNERSEAM.
        let signer: [UInt8]
        /// SEAMATTRIBUTES, as far as the mask goes.
        let attributes: [UInt8]
        /// Which bits of the attributes count.
        let attributesMask: [UInt8]
        /// The levels of the module's own security version.
        let levels: [ComponentLevel]

        private enum Key: String, CodingKey {
            case id, mrsigner, attributes, attributesMask, tcbLevels
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            name = try values.decodeIfPresent(String.self, forKey: .id)
            signer = try values.hexadecimal(48, .mrsigner)
            attributes = try values.hexadecimal(8, .attributes)
            attributesMask = try values.hexadecimal(8, .attributesMask)
            levels = try values.decodeIfPresent([ComponentLevel].self, forKey: .tcbLevels) ?? []
        }
    }

    private enum Key: String, CodingKey {
        case id, version, issueDate, nextUpdate, fmspc, pceId, tcbEvaluationDataNumber, tdxModule, tdxModuleIdentities
        case tcbLevels
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        version = try values.decode(Int.self, forKey: .version)
        technology = version == 2 ? "SGX" : try values.decode(String.self, forKey: .id)
        issued = try values.decode(Date.self, forKey: .issueDate)
        nextUpdate = try values.decode(Date.self, forKey: .nextUpdate)
        platform = try values.hexadecimal(6, .fmspc)
        provisioningIdentity = try values.hexadecimal(2, .pceId)
        evaluationNumber = try values.decode(Int.self, forKey: .tcbEvaluationDataNumber)
        module = try values.decodeIfPresent(ModuleIdentity.self, forKey: .tdxModule)
        modules = try values.decodeIfPresent([ModuleIdentity].self, forKey: .tdxModuleIdentities) ?? []
        levels = try values.decode([TCBLevel].self, forKey: .tcbLevels)
            .sorted { $1.minimum.lexicographicallyPrecedes($0.minimum) }
    }
}

extension TCBLevel.SecurityVersions {
    /// The order of levels: the processor's components first, then the enclave's version, then the module's components.
    fileprivate func lexicographicallyPrecedes(_ other: Self) -> Bool {
        if processor != other.processor { return processor.lexicographicallyPrecedes(other.processor) }
        if provisioningEnclave != other.provisioningEnclave { return provisioningEnclave < other.provisioningEnclave }
        return (module ?? []).lexicographicallyPrecedes(other.module ?? [])
    }
}

/// Intel's document about a quoting enclave (`enclaveIdentity`, version 2).
struct QuotingEnclaveIdentity: Sendable, Equatable, Decodable {
    /// `QE` or `TD_QE`.
    let technology: String
    /// The document's version.
    let version: Int
    /// When it was issued.
    let issued: Date
    /// When a newer one is due.
    let nextUpdate: Date
    /// MISCSELECT, as far as the mask goes.
    let miscSelect: [UInt8]
    /// Which bits of it count.
    let miscSelectMask: [UInt8]
    /// ATTRIBUTES, as far as the mask goes.
    let attributes: [UInt8]
    /// Which bits of them count.
    let attributesMask: [UInt8]
    /// MRSIGNER.
    let signer: [UInt8]
    /// ISVPRODID.
    let productIdentity: UInt16
    /// The levels of the enclave's own security version.
    let levels: [ComponentLevel]

    private enum Key: String, CodingKey {
        case id, version, issueDate, nextUpdate, miscselect, miscselectMask, attributes, attributesMask, mrsigner
        case isvprodid, tcbLevels
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        technology = try values.decode(String.self, forKey: .id)
        version = try values.decode(Int.self, forKey: .version)
        issued = try values.decode(Date.self, forKey: .issueDate)
        nextUpdate = try values.decode(Date.self, forKey: .nextUpdate)
        miscSelect = try values.hexadecimal(4, .miscselect)
        miscSelectMask = try values.hexadecimal(4, .miscselectMask)
        attributes = try values.hexadecimal(16, .attributes)
        attributesMask = try values.hexadecimal(16, .attributesMask)
        signer = try values.hexadecimal(32, .mrsigner)
        productIdentity = try values.decode(UInt16.self, forKey: .isvprodid)
        levels = try values.decode([ComponentLevel].self, forKey: .tcbLevels)
    }
}

extension KeyedDecodingContainer {
    /// Bytes of a fixed number, which the document writes as digits.
    fileprivate func hexadecimal(_ count: Int, _ key: Key) throws -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(try decode(String.self, forKey: key)), bytes.count == count else {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: self,
                debugDescription: "expected \(count) bytes in hexadecimal"
            )
        }
        return bytes
    }
}
