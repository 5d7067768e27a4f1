import Diagnostics

extension SnpEvidence {
    private static let details: [SnpReport.Field] = [
        .version, .guestSVN, .policy, .familyID, .imageID, .vmpl, .currentTCB, .platformInfo, .keyInfo, .hostData,
        .idKeyDigest, .authorKeyDigest, .reportID, .reportIDMA, .reportedTCB, .cpuid, .chipID, .committedTCB,
        .currentVersion, .committedVersion, .launchTCB, .launchMitigationVector, .currentMitigationVector,
    ]

    func claims(
        _ anchor: TrustAnchor,
        _ certificate: SnpCertificate,
        _ product: SnpProduct,
        _ ages: [Endorsement]
    ) -> Claims {
        var claims = Claims(root: anchor.fingerprint)
        claims.measurements = [
            "measurement": Array(report[.measurement]), "host-data": Array(report[.hostData]),
            "author-key-digest": Array(report[.authorKeyDigest]),
        ]
        claims.reportData = Array(report[.reportData])
        claims.signer = Array(report[.idKeyDigest])
        claims.productID = Array(report[.familyID]) + Array(report[.imageID])
        claims.securityVersion = report.number(.guestSVN)
        claims.isDebug = report.number(.policy) >> 19 & 1 == 1
        claims.reservations = reservations(isDebug: claims.isDebug)
        if !report[.chipID].allSatisfy({ $0 == 0 }) {
            claims.machineIDs["chip-id"] = Hexadecimal.text(report[.chipID])
        }
        claims.tcbLine = product.rawValue
        claims.tcb = report.versions(.reportedTCB, of: product)
        claims.currentTCB = report.versions(.currentTCB, of: product)
        claims.committedTCB = report.versions(.committedTCB, of: product)
        claims.launchTCB = report.versions(.launchTCB, of: product)
        claims.guestPolicy = report.guestPolicy
        claims.minimumABI = report.minimumABI
        claims.platformInfo = report.platformInfo
        claims.reportVersion = report.number(.version)
        claims.signingKey = certificate.providerID == nil ? "vcek" : "vlek"
        claims.cloud = certificate.providerID?.lowercased() ?? "none"
        claims.revocation = list == nil ? .notChecked : .checked
        claims.endorsements = ages
        for field in Self.details {
            claims.details[field.rawValue] =
                report[field].count <= 8
                ? "0x" + String(report.number(field), radix: 16) : Hexadecimal.text(report[field])
        }
        claims.details["PRODUCT"] = certificate.productName
        claims.details["CSP_ID"] = certificate.providerID
        claims.details["SIGNING_KEY"] = key.role
        return claims
    }

    private func reservations(isDebug: Bool) -> [Finding] {
        var found: [Finding] = []
        let policy = "0x" + String(report.number(.policy), radix: 16)
        if isDebug {
            found.append(
                Finding(
                    SnpCheck.debug,
                    subject: "report",
                    fields: ["POLICY"],
                    expected: "bit 19 clear",
                    found: policy
                )
            )
        }
        if report.number(.policy) >> 18 & 1 == 1 {
            found.append(
                Finding(
                    SnpCheck.migrationAgent,
                    subject: "report",
                    fields: ["POLICY"],
                    expected: "bit 18 clear",
                    found: policy
                )
            )
        }
        let levels: [UInt64: SnpCheck] = [1: .vmpl1, 2: .vmpl2, 3: .vmpl3]
        if let check = levels[report.number(.vmpl)] {
            found.append(
                Finding(check, subject: "report", fields: ["VMPL"], expected: "0", found: "\(report.number(.vmpl))")
            )
        }
        return found
    }
}
