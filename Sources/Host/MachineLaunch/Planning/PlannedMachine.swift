package import Machine

/// A machine that is described and whose files are open, before anything was started.
package struct PlannedMachine: Sendable {
    /// All that the machine is started with, but for the content of its files.
    package var description: MachineDescription
    /// The kernel, the initial file system and the disks.
    package let files: [MachineFile]

    /// QEMU's command line, as a shell takes it.
    ///
    /// - Parameter encryption: What the processor says of memory encryption.
    /// - Returns: One line without a line break.
    package func commandLine(processor encryption: MemoryEncryption = .ofThisHost()) -> String {
        QemuCommandLine(description, processor: encryption).shellText(program: description.programs.qemu)
    }
}
