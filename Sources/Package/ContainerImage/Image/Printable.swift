import RootFileSystem

/// What an image says, as a message may show it.
enum Printable {
    /// The text's beginning, with \xNN for what could steer a terminal.
    static func text(_ text: String) -> String {
        EntryPath.readable(text.utf8.prefix(200))
    }
}
