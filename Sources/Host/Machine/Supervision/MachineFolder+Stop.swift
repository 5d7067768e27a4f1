import CLinux
import Files
import Glibc

extension MachineFolder {
    /// Stops a machine: requests it, waits, and kills the machine after a timeout.
    ///
    /// - Parameter seconds: The timeout.
    /// - Returns: Whether it stopped on request; false where it was killed.
    /// - Throws: `machine.stop-failed` where it still runs after that.
    package func stop(within seconds: Double) throws(MachineError) -> Bool {
        guard let process = try openSupervisor() else {
            remove()
            return true
        }
        _ = linux_signal_process(process.number, SIGTERM)
        if wait(for: process, seconds: seconds) { return true }
        _ = linux_signal_process(process.number, SIGTERM)
        if wait(for: process, seconds: 5) { return false }
        // The kernel kills QEMU and the TPM with their supervisor.
        _ = linux_signal_process(process.number, SIGKILL)
        guard wait(for: process, seconds: 5) else {
            throw MachineError(.stopFailed, subject: name, expected: "the end of process \(supervisor ?? 0)")
        }
        remove()
        return false
    }

    /// A pidfd of the supervisor, which cannot refer to another process later.
    private func openSupervisor() throws(MachineError) -> MachineFile? {
        guard let number = supervisor else { return nil }
        let file = linux_process_file(number)
        guard file >= 0 else {
            if errno == ESRCH { return nil }
            throw MachineError.system(name)
        }
        let process = MachineFile(taking: file)
        // The lock still names the process, so the pidfd refers to its holder.
        return supervisor == number ? process : nil
    }

    private func wait(for process: MachineFile, seconds: Double) -> Bool {
        var item = Supervisor.item(process.number)
        // Safe: one item of our own is passed.
        return unsafe poll(&item, 1, Int32(min(seconds, 86400) * 1000)) == 1
    }
}
