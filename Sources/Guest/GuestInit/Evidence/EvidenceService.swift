import GuestInterface

/// What the application has of the machine's evidence: a folder with a socket and the package's manifest.
struct EvidenceService {
    /// Twice the largest manifest, and something for the rest.
    private static let folderOptions = "mode=0755,size=4m,nr_inodes=64"

    let plan: LaunchPlan
    let devices: EvidenceDevices

    /// Makes the folder, and writes what the host handed over.
    ///
    /// - Parameter documents: The package's manifest and signature; both empty where there is no package.
    /// - Throws: `guest.evidence` where the plan demands evidence and the folder cannot be made.
    func furnish(_ documents: HostDocuments) throws(GuestError) {
        guard plan.attestation != .none else { return }
        do throws(GuestError) {
            try makeFolder()
            guard !documents.manifest.isEmpty else { return }
            try write(documents.manifest, to: GuestPath.manifest)
            try write(documents.signature, to: GuestPath.manifestSignature)
        } catch {
            // Without a /run there is nowhere to ask, which only matters to who must.
            guard plan.attestation != .required else { throw error }
        }
    }

    /// Begins to answer.
    ///
    /// - Returns: The platform's name.
    /// - Throws: `guest.evidence` where the plan demands evidence, and there is none or nobody could ask for it.
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

    /// A file system of its own, so that an application that owns /run cannot put another folder in its place.
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
