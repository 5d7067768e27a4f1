import Foundation

/// How text looks where it goes: its width, its colours, and the marks that its characters allow.
struct TextStyle: Sendable {
    /// A colour of a terminal (ECMA-48 SGR).
    enum Colour: String, Sendable {
        case green = "32"
        case red = "31"
        case yellow = "33"
    }

    /// A mark, and its replacement in a locale with ASCII only.
    enum Mark: Sendable {
        case good, bad, absent, tolerance
    }

    /// The most characters of a line; nil where standard output is no terminal.
    let width: Int?
    /// Whether words may be coloured.
    let hasColour: Bool
    /// Whether more than ASCII can be shown.
    let hasMarks: Bool

    /// The style of standard output.
    static let output = TextStyle(of: STDOUT_FILENO)
    /// The style of standard error.
    static let error = TextStyle(of: STDERR_FILENO)

    /// - Parameters:
    ///   - isTerminal: Whether the text goes to a terminal.
    ///   - terminalWidth: The terminal's width, where it states one.
    ///   - environment: `COLUMNS`, `NO_COLOR` (no-color.org), `TERM`, and the locale's variables.
    init(isTerminal: Bool, terminalWidth: Int?, environment: [String: String]) {
        width = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? terminalWidth
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        hasColour = isTerminal && !isPlain && environment["TERM"] != "dumb"
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        hasMarks = locale.map { $0.lowercased().replacing("-", with: "").contains("utf8") } ?? true
    }

    private init(of descriptor: Int32) {
        var size = winsize()
        // Safe: the structure is ours and outlives the call.
        let hasSize = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        self.init(
            isTerminal: isatty(descriptor) == 1,
            terminalWidth: hasSize ? Int(size.ws_col) : nil,
            environment: ProcessInfo.processInfo.environment
        )
    }

    /// A mark in the locale's characters.
    func mark(_ mark: Mark) -> String {
        switch mark {
        case .good: hasMarks ? coloured("✓", .green) : coloured("+", .green)
        case .bad: hasMarks ? coloured("✗", .red) : coloured("x", .red)
        case .absent: hasMarks ? "–" : "-"
        case .tolerance: hasMarks ? "±" : "+/-"
        }
    }

    /// A word in a colour, where there are colours.
    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Breaks lines that are too long between words; a word that is longer than a line stays whole.
    ///
    /// - Parameters:
    ///   - text: Lines, each with the indentation that it keeps.
    ///   - hang: How much further the continuation of a line is indented.
    ///   - widest: The most characters of a line whatever the width; nil for no other bound.
    /// - Returns: The lines.
    func wrapped(_ text: String, hang: Int = 2, atMost widest: Int? = nil) -> String {
        guard let width = [width, widest].compactMap(\.self).min() else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { Self.wrapped(line: $0, width: width, hang: hang) }.joined(separator: "\n")
    }

    private static func wrapped(line: Substring, width: Int, hang: Int) -> String {
        guard visibleCount(line) > width else { return String(line) }
        let indent = line.prefix { $0 == " " }
        let further = String(indent) + String(repeating: " ", count: min(hang, max(0, width / 2 - indent.count)))
        var lines = [String(indent)]
        var isEmpty = true
        // Blanks between words stay as they are within a line, so that columns do.
        var rest = line.dropFirst(indent.count)
        while !rest.isEmpty {
            let gap = rest.prefix { $0 == " " }
            let word = rest.dropFirst(gap.count).prefix { $0 != " " }
            rest = rest.dropFirst(gap.count + word.count)
            if !isEmpty, visibleCount(lines[lines.count - 1]) + gap.count + visibleCount(word) > width {
                lines.append(further + word)
            } else {
                lines[lines.count - 1] += isEmpty ? String(word) : String(gap) + word
            }
            isEmpty = false
        }
        return lines.joined(separator: "\n")
    }

    /// The characters that a terminal shows: without escape sequences.
    private static func visibleCount(_ text: some StringProtocol) -> Int {
        guard text.contains("\u{1b}") else { return text.count }
        var count = 0
        var isEscape = false
        for character in text {
            if character == "\u{1b}" { isEscape = true } else if !isEscape { count += 1 }
            if isEscape, character == "m" { isEscape = false }
        }
        return count
    }
}
