import Foundation

/// A line on a terminal that shows how far a machine's start is.
struct BootProgress {
    private let isShown: Bool
    private var isDrawn = false

    /// - Parameter isShown: Whether to draw; the line is drawn on terminals only.
    init(isShown: Bool) {
        self.isShown = isShown && StandardError.isTerminal
    }

    /// Shows a stage that was reached.
    ///
    /// - Parameters:
    ///   - stage: Its name, as `--timing` prints it.
    ///   - seconds: The time since the start.
    mutating func show(_ stage: String, after seconds: Double) {
        guard isShown else { return }
        isDrawn = true
        var stream = StandardError()
        stream.write("\r\u{1b}[K" + String(format: "%3.0f s  %@", seconds, Self.words(for: stage)))
    }

    /// Removes the line.
    mutating func finish() {
        guard isDrawn else { return }
        isDrawn = false
        var stream = StandardError()
        stream.write("\r\u{1b}[K")
    }

    /// What happens after a stage was reached, for a person who waits.
    static func words(for stage: String) -> String {
        switch stage {
        case "qemu": "the firmware measures and starts the kernel"
        case "started": "process 1 runs, and loads modules"
        case "modules", "clock": "process 1 sets up the network"
        case "network": "the root file system is opened, block by block against its hash tree"
        case "root": "further file systems are mounted"
        case "mounts": "evidence is tried out"
        case "application": "the application starts; waiting until it answers"
        default: stage
        }
    }
}
