extension SnpReport {
    /// The bits of POLICY that a policy can name (AMD 56860, GUEST_POLICY).
    var guestPolicy: [String: Bool] {
        let bits: [String: UInt64] = [
            "smt": 16, "migration": 18, "debug": 19, "singleSocket": 20, "ciphertextHiding": 24, "pageSwapDisable": 25,
        ]
        let policy = number(.policy)
        return bits.mapValues { policy >> $0 & 1 == 1 }
    }

    /// The least firmware that the guest's policy demands.
    var minimumABI: SnpABIVersion {
        let policy = number(.policy)
        return SnpABIVersion(
            major: UInt8(truncatingIfNeeded: policy >> 8),
            minor: UInt8(truncatingIfNeeded: policy)
        )
    }

    /// The bits of PLATFORM_INFO that a policy can name (AMD 56860, PLATFORM_INFO).
    var platformInfo: [String: Bool] {
        let bits: [String: UInt64] = ["smt": 0, "tsme": 1, "ecc": 2, "ciphertextHiding": 4, "aliasCheckComplete": 5]
        let information = number(.platformInfo)
        return bits.mapValues { information >> $0 & 1 == 1 }
    }

    /// A TCB version by component.
    ///
    /// - Parameters:
    ///   - field: One of the report's TCB versions.
    ///   - product: The line of processors, which decides the layout.
    /// - Returns: The components with their versions.
    func versions(_ field: Field, of product: SnpProduct) -> [String: UInt64] {
        let bytes = Array(self[field])
        return Dictionary(uniqueKeysWithValues: product.components.map { ($0.name, UInt64(bytes[$0.byte])) })
    }
}
