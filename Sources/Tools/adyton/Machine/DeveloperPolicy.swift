import Attestation
import DeveloperTrust
import EnclavePackage
import Foundation
import LaunchMeasurement
import PackageManifest

/// The policy that accepts one machine without a package, under the developer's own root.
///
/// Nobody signed what the machine runs: that it is the computed kernel, initial file system and root volume is all that
/// such a policy can ask for.
struct DeveloperPolicy {
    let kernel: String
    let initialFileSystem: [UInt8]
    let commandLine: String
    let needs: MachineRequirements

    /// Writes it, before the machine starts.
    ///
    /// - Parameters:
    ///   - path: The policy's file.
    ///   - name: What the policy is called.
    /// - Throws: `package.input-invalid`, `package.unwritable`, `developer.authority-unusable`.
    func write(to path: String, name: String) throws {
        let kernel: PartContent
        do throws(LaunchMeasurementError) {
            kernel = try PartContent(contentsOf: self.kernel)
        } catch {
            throw PackageError(.inputInvalid, subject: error.subject, expected: error.expected, found: error.found)
        }
        let values = try ReferenceMeasurer().values(
            kernel: kernel,
            initialFileSystem: PartContent(initialFileSystem, name: "initial file system"),
            commandLine: commandLine,
            needs: needs
        )
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = (values[Platform.vtpm.rawValue] ?? [:]).mapValues { [$0] }
        rule.roots = [try DeveloperAuthority(in: DeveloperAuthority.folder()).fingerprint]
        var policy = AppraisalPolicy()
        policy.name = name
        policy.platforms[.developerVtpm] = rule
        do {
            try policy.json.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw PackageError(.unwritable, subject: path, found: error.localizedDescription)
        }
    }
}
