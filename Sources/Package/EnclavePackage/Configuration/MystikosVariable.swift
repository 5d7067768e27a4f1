import GuestInterface

/// The variables by which Mystikos is told something: each is refused with a reason, so that none is packed for nothing.
enum MystikosVariable {
    /// Says which platform an application runs on; it is set here, too.
    static let target = "MYST_TARGET"

    /// Why an application does not get a variable.
    ///
    /// - Parameter name: The variable's name.
    /// - Returns: What to do instead; nil for a variable that means nothing special.
    static func refusal(of name: String) -> String? {
        switch name {
        case target: nil
        case "MYST_WANT_TEE_CREDENTIALS":
            "no MYST_WANT_TEE_CREDENTIALS, for nothing here puts a key into /tmp; Gateway with \"Files\": true gives the "
                + "application key.pem (mode 0400), certificate.pem and evidence.json in \(GuestPath.gatewayFolder)"
        case "MYST_ROOTFS_PATH":
            "no MYST_ROOTFS_PATH, for a package carries its root file system, and exec commands take it as ROOTFS"
        case "MYST_MEMCHECK":
            "no MYST_MEMCHECK, for the application has its own C library; run it under its language's own tools"
        case _ where name.hasPrefix("MYST_"):
            "no \(name), for nothing here reads it"
        default: nil
        }
    }
}
