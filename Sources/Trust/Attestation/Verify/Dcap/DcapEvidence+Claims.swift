import Diagnostics

extension DcapEvidence {
    /// Converts the quote's body to claims.
    func claims(root: TrustAnchor) -> Claims {
        var claims = Claims(root: root.fingerprint)
        claims.details["quote-version"] = "\(quote.version)"
        switch quote.body {
        case .enclave(let report): describe(report, in: &claims)
        case .trustDomain(let report): describe(report, in: &claims)
        }
        return claims
    }

    private func describe(_ report: EnclaveReport, in claims: inout Claims) {
        claims.reportData = report.reportData
        claims.measurements = ["mrenclave": report.enclaveMeasurement]
        claims.isDebug = report.isDebuggable
        if report.isDebuggable {
            claims.reservations.append(
                Finding(SgxCheck.debuggable, subject: "quote", fields: ["ATTRIBUTES"], expected: "DEBUG clear")
            )
        }
        claims.signer = report.signerMeasurement
        claims.productID = [UInt8(report.productIdentity >> 8), UInt8(report.productIdentity & 0xFF)]
        claims.securityVersion = UInt64(report.securityVersion)
        claims.details["attributes"] = Hexadecimal.text(report.attributes)
        claims.details["misc-select"] = "0x" + String(report.miscSelect, radix: 16)
        claims.details["cpu-svn"] = Hexadecimal.text(report.cpuSecurityVersion)
    }

    private func describe(_ report: TrustDomainReport, in claims: inout Claims) {
        claims.reportData = report.reportData
        claims.measurements = [
            "mrtd": report.measurement, "mrseam": report.moduleMeasurement, "mrconfigid": report.configuration,
            "mrowner": report.owner, "mrownerconfig": report.ownerConfiguration,
        ]
        for (index, register) in report.runtimeMeasurements.enumerated() {
            claims.measurements["rtmr\(index)"] = register
        }
        claims.isDebug = report.isDebuggable
        let attributes = TrustDomainAttributes(value: report.attributes)
        claims.reservations += attributes.reservations
        claims.details["td-attribute-names"] = attributes.named.map(\.name).joined(separator: " ")
        claims.tcb["tdx-module-major"] = UInt64(report.moduleVersion[1])
        claims.tcb["tdx-module"] = UInt64(report.moduleVersion[0])
        claims.tcb["tdx-microcode"] = UInt64(report.moduleVersion[2])
        claims.details["tee-tcb-svn"] = Hexadecimal.text(report.moduleVersion)
        claims.details["td-attributes"] = "0x" + String(report.attributes, radix: 16)
        claims.details["xfam"] = "0x" + String(report.extendedFeatures, radix: 16)
        if report.attributes & TrustDomainReport.faultsDisabled == 0 {
            claims.reservations.append(
                Finding(
                    TdxCheck.faultsReachDomain,
                    subject: "quote",
                    fields: ["TDATTRIBUTES"],
                    expected: "SEPT_VE_DISABLE set",
                    found: attributes.text
                )
            )
        }
        guard let extended = report.extended else { return }
        claims.measurements["mrservicetd"] = extended.serviceDomainMeasurement
        claims.details["tee-tcb-svn-2"] = Hexadecimal.text(extended.currentModuleVersion)
        if extended.serviceDomainMeasurement.contains(where: { $0 != 0 }) {
            claims.reservations.append(
                Finding(
                    TdxCheck.serviceDomainBound,
                    subject: "quote",
                    fields: ["MRSERVICETD"],
                    expected: "zeros",
                    found: Hexadecimal.text(extended.serviceDomainMeasurement)
                )
            )
        }
    }

    /// Adds the platform's certified identity to the claims.
    func describe(_ identity: PlatformIdentity, in claims: inout Claims) {
        claims.machineIDs["ppid"] = Hexadecimal.text(identity.platform)
        claims.tcbLine = Hexadecimal.text(identity.family)
        claims.details["fmspc"] = Hexadecimal.text(identity.family)
        claims.details["pck-cpu-svn"] = Hexadecimal.text(identity.processor)
        claims.details["pce-id"] = Hexadecimal.text(identity.provisioningIdentity)
        claims.details["sgx-type"] = "\(identity.memoryProtection)"
        claims.tcb["pce"] = UInt64(identity.provisioningEnclave)
        for (index, component) in identity.components.enumerated() {
            claims.tcb["sgx-component-\(index + 1)"] = UInt64(component)
        }
        if let sharesCores = identity.sharesCores { claims.details["smt"] = sharesCores ? "on" : "off" }
    }
}
