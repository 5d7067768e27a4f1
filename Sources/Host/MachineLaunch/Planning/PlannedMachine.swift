package import Machine

/// A machine before its start: its description and its open files.
package struct PlannedMachine: Sendable {
    /// The complete configuration of the machine except the content of its files.
    package var description: MachineDescription
    /// The kernel, the initial file system and the disks.
    package let files: [MachineFile]
    /// Whether its ports speak TLS under a key that evidence names.
    package var isAttested = false

    /// QEMU's command line for a shell.
    ///
    /// - Parameter encryption: The host processor's memory encryption.
    /// - Returns: One line without a line break.
    package func commandLine(processor encryption: MemoryEncryption = .ofThisHost()) -> String {
        QemuCommandLine(description, processor: encryption).shellText(program: description.programs.qemu)
    }
}
