import CGuest
import GuestInterface

/// Names on the console the system calls that were refused to application and gateway, in a debug package.
///
/// The kernel lets each such call wait for process 1, which answers it with the same error as without debug.
/// ``Supervisor`` polls for them. A call is named once for each process name, so that a loop does not fill the console.
struct RefusedCalls {
    /// The most lines, each for another call or process.
    private static let limit = 256

    private var listeners: [SystemFile]
    private let console: Console
    private var named: Set<Substring> = []

    /// Creates it for the listeners of processes that run.
    init(_ listeners: [SystemFile], console: Console) {
        self.listeners = listeners
        self.console = console
    }

    /// What to poll for.
    var interests: [(descriptor: Int32, interest: DescriptorPoll.Interest)] {
        listeners.map { ($0.number, .readable) }
    }

    /// Answers what waits.
    ///
    /// - Parameter found: What the poll found, in the order of ``interests``.
    mutating func answer(_ found: ArraySlice<DescriptorPoll.Interest>) {
        for (listener, events) in zip(listeners, found) where events.contains(.readable) { answer(listener) }
        // The kernel hangs up after the last process of a listener: polling it again would spin.
        let ended = zip(listeners, found).filter { $1.contains(.hungUp) }.map(\.0.number)
        listeners.removeAll { ended.contains($0.number) }
    }

    private mutating func answer(_ listener: SystemFile) {
        var line = [CChar](repeating: 0, count: 192)
        // Safe: the call writes at most as many bytes as the length that is passed, the last of them NUL.
        guard unsafe guest_next_refusal(listener.number, &line, line.count) > 0 else { return }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Without the process's number, which each new process has another of.
        guard named.count < Self.limit, named.insert(text.drop { $0 != "(" }).inserted else { return }
        console.say(text)
    }
}
