/// The commands of Mystikos's that have another name or no meaning here.
enum MystikosCommand {
    /// What there is instead of a command.
    ///
    /// - Parameter name: The command, as Mystikos calls it.
    /// - Returns: One sentence; nil for every other word.
    static func answer(to name: String) -> String? {
        switch name {
        case "sign-sgx":
            "there are no enclaves to sign; adyton sign takes the same arguments, and makes a signed package for a machine."
        case "package-sgx":
            "there are no enclaves to package; adyton package takes the same arguments, and makes a package for a machine."
        case "dump-sgx": "there are no enclaves to dump; adyton dump prints everything in a package, verified."
        case "fsgsbase":
            "a machine's processor state is its own, so FSGSBASE does not matter; adyton doctor says what this host lacks."
        case "gdb", "myst-gdb": "adyton exec-linux --debug stops an application for gdb; a machine cannot be debugged."
        default: nil
        }
    }
}
