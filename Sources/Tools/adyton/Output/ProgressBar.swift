/// A line on a terminal that shows how far long work is.
struct ProgressBar {
    private static let width = 30

    private let total: Int
    private let isShown: Bool
    private var done = 0

    /// - Parameters:
    ///   - total: How many steps there are.
    ///   - isShown: Whether to write anything; no for a pipe.
    init(total: Int, isShown: Bool) {
        self.total = total
        self.isShown = isShown && total > 1
        draw()
    }

    /// Notes that one more step is done.
    mutating func advance() {
        done += 1
        draw()
    }

    /// Takes the line away.
    func finish() {
        guard isShown else { return }
        var stream = StandardError()
        stream.write("\r\u{1b}[K")
    }

    private func draw() {
        guard isShown else { return }
        let filled = Self.width * done / max(total, 1)
        let marks = TextStyle.error.hasMarks ? ["█", "░"] : ["#", "."]
        let bar = String(repeating: marks[0], count: filled) + String(repeating: marks[1], count: Self.width - filled)
        var stream = StandardError()
        stream.write("\r\(bar) \(done)/\(total)")
    }
}
