import Machine
import Testing

struct FirmwareOutputTests {
    @Test func `commands for a terminal are left out, however they are cut`() {
        let bytes = Array("\u{1b}[2J\u{1b}[01;01H\u{1b}[=3hEFI stub: Loaded\r\n\u{1b}[0m[ok] ä\n".utf8)
        for cut in bytes.indices {
            var output = FirmwareOutput()
            let text = output.text(of: Array(bytes[..<cut])) + output.text(of: Array(bytes[cut...]))
            #expect(String(decoding: text, as: UTF8.self) == "EFI stub: Loaded\r\n[ok] ä\n")
        }
    }
}
