import CLinux
import Files
import Glibc

extension MachineFolder {
    /// Asks a machine to stop and waits until it has; then it is ended by force.
    ///
    /// - Parameter seconds: How long the machine may take.
    /// - Returns: Whether it stopped by itself; false where it was ended by force.
    /// - Throws: `machine.stop-failed` where it is still there after that.
    package func stop(within seconds: Double) throws(MachineError) -> Bool {
        guard let process = try openSupervisor() else {
            remove()
            return true
        }
        _ = linux_signal_process(process.number, SIGTERM)
        if wait(for: process, seconds: seconds) { return true }
        _ = linux_signal_process(process.number, SIGTERM)
        if wait(for: process, seconds: 5) { return false }
        // The kernel ends QEMU and the TPM with their supervisor.
        _ = linux_signal_process(process.number, SIGKILL)
        guard wait(for: process, seconds: 5) else {
            throw MachineError(.stopFailed, subject: name, expected: "the end of process \(supervisor ?? 0)")
        }
        remove()
        return false
    }

    /// The supervisor as a descriptor, which cannot come to mean another process.
    private func openSupervisor() throws(MachineError) -> MachineFile? {
        guard let number = supervisor else { return nil }
        let file = linux_process_file(number)
        guard file >= 0 else {
            if errno == ESRCH { return nil }
            throw MachineError.system(name)
        }
        let process = MachineFile(taking: file)
        // The lock still names it, so the descriptor is of the process that held it then and now.
        return supervisor == number ? process : nil
    }

    private func wait(for process: MachineFile, seconds: Double) -> Bool {
        var item = Supervisor.item(process.number)
        // Safe: one item of our own is passed.
        return unsafe poll(&item, 1, Int32(min(seconds, 86400) * 1000)) == 1
    }
}
