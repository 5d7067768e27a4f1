import Diagnostics

/// The MEASUREMENT field of an SEV-SNP report: one digest of firmware, kernel hashes and virtual processors.
package struct SnpLaunchDigest: Sendable, Equatable {
    private static let hashTable = Guid(0x7255_371f, 0x3a3b, 0x4b04, 0x927b_1da6_efa8_d454)
    private static let resetBlock = Guid(0x00f7_71de, 0x1a7e, 0x4fcb, 0x890e_68c7_7e2f_b44e)

    /// The digest, 48 bytes.
    package let bytes: [UInt8]

    /// Computes the digest as the security processor does, page by page.
    ///
    /// - Parameters:
    ///   - firmware: The OVMF image.
    ///   - parts: The parts that `kernel-hashes=on` covers; nil where the guest boots from a disk.
    ///   - launch: The launch parameters.
    ///   - firmwareDigest: The result of ``firmwareDigest(of:)``, 48 bytes, used instead of the image's pages;
    ///     `firmware` then needs only the image's last pages.
    /// - Returns: The digest.
    /// - Throws: `measure.sev-metadata-missing`, `measure.sev-metadata-invalid`, `measure.reset-vector-missing`,
    ///   `measure.kernel-hashes-unsupported` for a firmware that does not verify the kernel, `measure.digest-invalid`,
    ///   and read errors.
    package static func compute(
        firmware: FirmwareImage,
        parts: DirectKernelBoot?,
        launch: SnpLaunch,
        firmwareDigest: [UInt8]? = nil
    ) throws(LaunchMeasurementError) -> SnpLaunchDigest {
        var chain = SnpGuestContext()
        if let firmwareDigest {
            try check(firmwareDigest)
            chain = SnpGuestContext(firmwareDigest)
        } else {
            chain.add(firmware.bytes, at: firmware.address)
        }
        let metadata = try SevMetadata(firmware)
        let hashes = try hashPage(firmware, metadata, parts)
        for section in metadata.sections { add(section, hashes, launch.hypervisor, to: &chain) }
        if launch.hypervisor == .ec2 {
            for section in metadata.sections where section.kind == .cpuid {
                chain.add(.cpuid, pages: section.pageCount, at: section.address)
            }
        }
        try addProcessors(launch, firmware, to: &chain)
        return SnpLaunchDigest(bytes: chain.digest)
    }

    /// Computes the digest of the firmware's pages only, which can replace the image in
    /// ``compute(firmware:parts:launch:firmwareDigest:)``.
    ///
    /// - Parameter firmware: The OVMF image.
    /// - Returns: 48 bytes.
    package static func firmwareDigest(of firmware: FirmwareImage) -> [UInt8] {
        var chain = SnpGuestContext()
        chain.add(firmware.bytes, at: firmware.address)
        return chain.digest
    }

    private static func add(
        _ section: SevMetadata.Section,
        _ hashes: [UInt8]?,
        _ hypervisor: SnpLaunch.Hypervisor,
        to chain: inout SnpGuestContext
    ) {
        let type: SnpGuestContext.PageType
        switch section.kind {
        case .memory: type = hypervisor == .gce ? .unmeasured : .zero
        case .svsmCallingArea: type = .zero
        case .secrets: type = .secrets
        case .cpuid:
            // EC2 adds these after all others.
            guard hypervisor != .ec2 else { return }
            type = .cpuid
        case .kernelHashes:
            if let hashes {
                chain.add(hashes, at: section.address)
                return
            }
            type = .zero
        }
        chain.add(type, pages: section.pageCount, at: section.address)
    }

    /// The page with the kernel's hashes; nil without a kernel.
    private static func hashPage(
        _ firmware: FirmwareImage,
        _ metadata: SevMetadata,
        _ parts: DirectKernelBoot?
    ) throws(LaunchMeasurementError) -> [UInt8]? {
        guard let parts else { return nil }
        let place = firmware.number(hashTable) ?? 0
        let isSupported = place != 0 && metadata.sections.contains { $0.kind == .kernelHashes }
        let offset = Int(place) % FirmwareImage.pageSize
        guard isSupported, let page = try KernelHashTable(parts).page(at: offset) else {
            throw LaunchMeasurementError(
                .kernelHashesUnsupported,
                subject: "firmware",
                expected: "an OVMF that compares a kernel with its hash, such as OVMF.amdsev.fd",
                found: "one that would start any kernel"
            )
        }
        return page
    }

    private static func addProcessors(
        _ launch: SnpLaunch,
        _ firmware: FirmwareImage,
        to chain: inout SnpGuestContext
    ) throws(LaunchMeasurementError) {
        let area = SaveArea(
            hypervisor: launch.hypervisor,
            vcpu: launch.vcpu?.signature ?? 0,
            features: launch.guestFeatures
        )
        let first = area.page(instructionPointer: SaveArea.resetVector)
        chain.add(saveAreaDigest: HashBank.sha384.digest(first))
        guard launch.vcpuCount > 1 else { return }
        guard let start = firmware.number(resetBlock), start != 0 else {
            throw LaunchMeasurementError(
                .resetVectorMissing,
                subject: "firmware",
                expected: "where further processors start, for \(launch.vcpuCount) of them"
            )
        }
        let further = HashBank.sha384.digest(area.page(instructionPointer: start))
        for _ in 1..<launch.vcpuCount { chain.add(saveAreaDigest: further) }
    }

    private static func check(_ digest: [UInt8]) throws(LaunchMeasurementError) {
        guard digest.count == HashBank.sha384.digestSize else {
            throw LaunchMeasurementError(
                .digestInvalid,
                subject: "firmware's digest",
                expected: "48 bytes",
                found: "\(digest.count)"
            )
        }
    }
}
