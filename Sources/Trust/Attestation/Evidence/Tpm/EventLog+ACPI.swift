import Diagnostics

extension EventLog {
    /// EV_PLATFORM_CONFIG_FLAGS, the type that OVMF gives to what it got from the host.
    static let configurationType: UInt32 = 0xA
    /// The register of ACPI tables: PCR 1, or in a confidential computing log the one that stands for RTMR0.
    private static let tablesRegister: UInt32 = 1
    /// What OVMF writes beside the digest of each: the loader's script, the root pointer, the tables.
    private static let tablesText = Array("ACPI DATA".utf8)

    /// The digests of what the firmware took for ACPI tables from its host, in their order.
    ///
    /// Only the digests are proved, and only where the replay equals the signed register; the type and the text beside them
    /// are the log's word. A log that labels other events so has other digests, or not these.
    ///
    /// - Parameter bank: The bank.
    /// - Returns: The digests; empty where no event says that it is one.
    package func tables(_ bank: HashAlgorithm) -> [[UInt8]] {
        events.compactMap { event in
            guard event.register == Self.tablesRegister, event.type == Self.configurationType,
                event.data.starts(with: Self.tablesText)
            else { return nil }
            return event.digests[bank]
        }
    }

    /// Whether an event of a log in JSON is one.
    ///
    /// - Parameters:
    ///   - type: The event's type.
    ///   - payload: Its data in hexadecimal digits.
    /// - Returns: Whether it says so.
    static func isTable(type: UInt32?, payload: String?) -> Bool {
        type == configurationType && payload.flatMap(Hexadecimal.bytes)?.starts(with: tablesText) == true
    }
}
