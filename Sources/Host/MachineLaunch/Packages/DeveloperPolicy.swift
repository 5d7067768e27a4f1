package import Attestation
import DeveloperTrust
import EnclavePackage
import Files
import Foundation
import LaunchMeasurement
package import PackageManifest

/// The policy that accepts one machine without a package, under the developer's root.
///
/// Nothing is signed: such a policy can only require the computed measurements of kernel, initial file system and root
/// volume.
package struct DeveloperPolicy {
    /// The policy's name.
    package let name: String
    /// The kernel's file.
    package let kernel: String
    /// The initial file system's content.
    package let initialFileSystem: [UInt8]
    /// The kernel's command line.
    package let commandLine: String
    /// Memory and processors, which count in the measurements.
    package let needs: MachineRequirements

    /// - Parameters:
    ///   - name: The policy's name.
    ///   - kernel: The kernel's file.
    ///   - initialFileSystem: The initial file system's content.
    ///   - commandLine: The kernel's command line.
    ///   - needs: Memory and processors.
    package init(
        name: String,
        kernel: String,
        initialFileSystem: [UInt8],
        commandLine: String,
        needs: MachineRequirements
    ) {
        self.name = name
        self.kernel = kernel
        self.initialFileSystem = initialFileSystem
        self.commandLine = commandLine
        self.needs = needs
    }

    /// Computes the policy.
    ///
    /// - Parameter root: The fingerprint of the developer's root.
    /// - Returns: A policy for the developer's virtual TPM only.
    /// - Throws: `package.input-invalid` for a kernel that cannot be measured.
    package func policy(under root: String) throws(PackageError) -> AppraisalPolicy {
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
        rule.roots = [root]
        var policy = AppraisalPolicy()
        policy.name = name
        policy.platforms[.developerVtpm] = rule
        return policy
    }

    /// Computes the policy and writes it, before the machine starts.
    ///
    /// - Parameters:
    ///   - path: The policy's file.
    ///   - replacing: Whether an existing file of that name is replaced; otherwise it is refused.
    ///   - authorityFolder: The folder of the developer's authority, which is created on first use.
    /// - Throws: `package.input-invalid`, `package.unwritable`, `package.output-exists`, `developer.*`.
    package func write(
        to path: String,
        replacing: Bool,
        authorityFolder: String = DeveloperAuthority.folder()
    ) throws {
        let made = try policy(under: DeveloperAuthority(in: authorityFolder).fingerprint)
        let output = try AtomicFile<PackageError>(path, replacing: replacing)
        try output.file.write(Array(made.json)[...], at: 0)
        try output.commit()
    }
}
