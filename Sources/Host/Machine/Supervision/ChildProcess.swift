import CLinux
import Files
import Glibc

/// A child process; the kernel kills it when the thread that started it ends.
package final class ChildProcess {
    /// A pidfd, which becomes readable when the process ends.
    let file: MachineFile
    /// The process ID.
    package let number: Int32
    private var end: ProcessEnd?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: The program's path.
    ///   - arguments: The arguments after the program's name.
    ///   - environment: The complete environment, `NAME=VALUE`.
    ///   - files: `files[i]` becomes descriptor `i`; nil leaves it closed. The program inherits no other descriptor.
    ///   - endsWithParent: Whether the kernel kills it when the calling thread ends (PR_SET_PDEATHSIG).
    ///   - ownSession: Whether it gets a session of its own, which a terminal's signals do not reach.
    /// - Throws: `machine.system-refused` with the program's path.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String],
        files: [MachineFile?],
        endsWithParent: Bool = true,
        ownSession: Bool = false
    ) throws(MachineError) {
        // Safe: the copies live until the call below has returned, and are freed right after; the lists end with nil.
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        // A descriptor number alone does not keep the file open.
        let (number, failure) = withExtendedLifetime(files) {
            let number = unsafe linux_start(
                program,
                &words,
                &variables,
                files.map { $0?.number ?? -1 },
                files.count,
                endsWithParent ? 1 : 0,
                ownSession ? 1 : 0
            )
            return (number, number < 0 ? MachineError.system(program) : nil)
        }
        for index in unsafe words.indices { unsafe free(words[index]) }
        for index in unsafe variables.indices { unsafe free(variables[index]) }
        if let failure { throw failure }
        let file = linux_process_file(number)
        guard file >= 0 else {
            let failure = MachineError.system(program)
            kill(number, SIGKILL)
            waitpid(number, nil, 0)
            throw failure
        }
        self.number = number
        self.file = MachineFile(taking: file)
    }

    /// Sends a signal to the process, not to its group.
    package func signal(_ signal: Int32) {
        // Fails only if the process has ended.
        _ = linux_signal_process(file.number, signal)
    }

    /// How the process ended; nil while it runs.
    package func ended() -> ProcessEnd? {
        reap(options: WNOHANG)
    }

    /// Waits until the process ends.
    ///
    /// - Returns: How it ended.
    package func waitUntilEnd() -> ProcessEnd {
        reap(options: 0) ?? .signalled(SIGKILL)
    }

    /// Waits until the process ends, with a timeout.
    ///
    /// - Parameter milliseconds: The timeout.
    /// - Returns: How it ended; nil while it runs.
    package func waitUntilEnd(milliseconds: Int32) -> ProcessEnd? {
        var item = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
        // Safe: one item of our own is passed.
        _ = unsafe poll(&item, 1, milliseconds)
        return ended()
    }

    private func reap(options: Int32) -> ProcessEnd? {
        if let end { return end }
        var status: Int32 = 0
        // Safe: the status is ours and outlives the call.
        while unsafe waitpid(number, &status, options) != number {
            guard errno == EINTR, options == 0 else { return nil }
        }
        let signal = status & 0x7f
        end = signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        return end
    }
}
