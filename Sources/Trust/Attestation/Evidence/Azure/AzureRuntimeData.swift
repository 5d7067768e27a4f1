import CryptoExtras
import FoundationEssentials
import StrictJSON

/// The runtime data of an Azure confidential VM.
struct AzureRuntimeData: Sendable {
    /// The virtual TPM's attestation key.
    let attestationKey: PublicKey
    /// The guest's own data, in hexadecimal.
    let userData: String?
    /// The machine's unique ID.
    let machineID: String?
    /// Whether Secure Boot is on.
    let hasSecureBoot: Bool?

    private struct Document: Decodable {
        struct Key: Decodable {
            private enum CodingKeys: String, CodingKey {
                case id = "kid"
                case type = "kty"
                case operations = "key_ops"
                case modulus = "n"
                case exponent = "e"
            }

            let id: String
            let type: String
            let operations: [String]?
            let modulus: String
            let exponent: String
        }

        struct Configuration: Decodable {
            private enum CodingKeys: String, CodingKey {
                case machineID = "vmUniqueId"
                case secureBoot = "secure-boot"
            }

            let machineID: String?
            let secureBoot: Bool?
        }

        private enum CodingKeys: String, CodingKey {
            case keys
            case configuration = "vm-configuration"
            case userData = "user-data"
        }

        let keys: [Key]
        let configuration: Configuration?
        let userData: String?
    }

    init(_ json: [UInt8]) throws(AttestationError) {
        let document: Document
        do throws(JSONError) {
            document = try JSONText.decode(from: json, unknownNames: .ignored)
        } catch {
            throw AttestationError(
                AzureCheck.runtimeDataInvalid,
                subject: "runtime data",
                fields: ["runtime data"],
                expected: "JSON with `keys`",
                found: error.description
            )
        }
        let keys = document.keys.filter { $0.id == "HCLAkPub" }
        guard keys.count == 1, keys[0].type == "RSA", keys[0].operations.map({ $0 == ["sign"] }) ?? true,
            let modulus = Self.bytes(keys[0].modulus), let exponent = Self.bytes(keys[0].exponent),
            (256...1024).contains(modulus.count), exponent == [1, 0, 1],
            let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        else {
            throw AttestationError(
                AzureCheck.keyInvalid,
                subject: "runtime data",
                fields: ["HCLAkPub"],
                expected: "one RSA key for signatures, with the exponent 65537"
            )
        }
        attestationKey = .rsa(key)
        userData = document.userData
        machineID = document.configuration?.machineID
        hasSecureBoot = document.configuration?.secureBoot
    }

    /// Decodes base64url without padding, as in JSON Web Keys.
    private static func bytes(_ text: String) -> [UInt8]? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map(Array.init)
    }
}
