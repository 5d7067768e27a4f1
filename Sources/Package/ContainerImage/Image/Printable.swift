import RootFileSystem

/// Makes an image's untrusted text safe for error messages.
enum Printable {
    /// The first 200 bytes of a text, with \xNN for characters that could control a terminal.
    static func text(_ text: String) -> String {
        EntryPath.readable(text.utf8.prefix(200))
    }
}
