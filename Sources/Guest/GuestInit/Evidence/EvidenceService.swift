import GuestInterface

/// Sets up what the application needs for evidence: a directory with a socket and the package's manifest.
///
/// ``EvidenceBroker`` serves the socket.
struct EvidenceService {
    /// Mount options; the size is twice the largest manifest and signature, with room for the rest.
    private static let folderOptions = "mode=0755,size=4m,nr_inodes=64"

    let plan: LaunchPlan
    let devices: EvidenceDevices

    /// Creates the directory and writes the documents that the host sent.
    ///
    /// - Parameter documents: The package's manifest and signature; both empty where there is no package.
    /// - Throws: `guest.evidence` where the plan requires evidence and the directory cannot be created.
    func furnish(_ documents: HostDocuments) throws(GuestError) {
        guard plan.attestation != .none else { return }
        do throws(GuestError) {
            try makeFolder()
            guard !documents.manifest.isEmpty else { return }
            try write(documents.manifest, to: GuestPath.manifest)
            try write(documents.signature, to: GuestPath.manifestSignature)
        } catch {
            // An image without `/run` has no place for the socket; that is an error only where evidence is required.
            guard plan.attestation != .required else { throw error }
        }
    }

    /// Chooses the attester and starts the broker.
    ///
    /// - Returns: The platform's name, or `none`.
    /// - Throws: `guest.evidence` where the plan requires evidence and the platform gives none, or the socket cannot be
    ///   created.
    func start() throws(GuestError) -> String {
        guard plan.attestation != .none else { return NoAttester().platform }
        let attester = devices.attester(for: plan)
        if plan.attestation == .required {
            do throws(BrokerFailure) {
                _ = try attester.evidence(reportData: [UInt8](repeating: 0, count: EvidenceRequest.reportDataLength))
            } catch {
                throw GuestError(.evidence, subject: error.code)
            }
        }
        let application = plan.application
        do throws(SystemCall.Failure) {
            try EvidenceBroker(
                at: GuestPath.evidenceSocket,
                user: application.user,
                group: application.group,
                attester: attester
            )
            .start()
        } catch {
            guard plan.attestation != .required else {
                throw GuestError(.evidence, subject: GuestPath.evidenceSocket, systemError: error.number)
            }
        }
        return attester.platform
    }

    /// Mounts a file system of its own, so that an application that owns `/run` cannot replace the directory.
    private func makeFolder() throws(GuestError) {
        if case .failure = SystemCall.makeFolder(GuestPath.folder), !SystemCall.exists(GuestPath.folder) {
            try SystemCall.mount("tmpfs", at: "/run", type: "tmpfs", [.noSetUser, .noDevices], options: "mode=0755")
                .orFail(.evidence, "/run")
            try SystemCall.makeFolder(GuestPath.folder).orFail(.evidence, GuestPath.folder)
        }
        try SystemCall.mount(
            "tmpfs",
            at: GuestPath.folder,
            type: "tmpfs",
            [.noSetUser, .noDevices, .noPrograms],
            options: Self.folderOptions
        )
        .orFail(.evidence, GuestPath.folder)
    }

    private func write(_ bytes: [UInt8], to path: String) throws(GuestError) {
        try SystemCall.makeFile(path, bytes).orFail(.evidence, path)
        try SystemCall.setMode(path, 0o444).orFail(.evidence, path)
    }
}
