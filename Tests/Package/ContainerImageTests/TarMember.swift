import Foundation

/// A tar entry with optional invalid fields.
struct TarMember: Sendable {
    var name = "f"
    var type: Character = "0"
    var mode = 0o644
    var owner = 0
    var group = 0
    var modified = 0
    var target = ""
    var content: [UInt8] = []
    var size: Int?
    var device = (major: 0, minor: 0)
    /// Bytes that overwrite the header after everything else but the checksum.
    var patch: (offset: Int, bytes: [UInt8])?
    var hasRightChecksum = true

    var bytes: [UInt8] {
        var head = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            head.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, 0)
        put(octal(mode, 7), 100)
        put(octal(owner, 7), 108)
        put(octal(group, 7), 116)
        put(octal(size ?? content.count, 11), 124)
        put(octal(modified, 11), 136)
        put(String(type), 156)
        put(target, 157)
        put("ustar", 257)
        put("00", 263)
        put(octal(device.major, 7), 329)
        put(octal(device.minor, 7), 337)
        if let patch { head.replaceSubrange(patch.offset..<patch.offset + patch.bytes.count, with: patch.bytes) }
        put("        ", 148)
        let sum = head.reduce(hasRightChecksum ? 0 : 1) { $0 + Int($1) }
        put(octal(sum, 6), 148)
        head[154] = 0
        return head + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    static func folder(_ name: String, mode: Int = 0o755) -> TarMember { TarMember(name: name, type: "5", mode: mode) }
    static func file(_ name: String, _ content: String = "") -> TarMember {
        TarMember(name: name, content: Array(content.utf8))
    }
    static func symbolicLink(_ name: String, _ target: String) -> TarMember {
        TarMember(name: name, type: "2", mode: 0o777, target: target)
    }
    static func hardLink(_ name: String, _ target: String) -> TarMember {
        TarMember(name: name, type: "1", target: target)
    }
    /// An extended header with key-value records.
    static func pax(_ records: [(String, String)], type: Character = "x") -> TarMember {
        var content = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count + 1
            while "\(length)".count + rest.utf8.count != length { length += 1 }
            content += "\(length)\(rest)"
        }
        return TarMember(name: "pax", type: type, content: Array(content.utf8))
    }

    /// The header of a sparse file in GNU tar's format 0.1.
    static func sparse(_ map: String, size: String) -> TarMember {
        let numbers = map.split(separator: ",").count
        return pax([
            ("GNU.sparse.size", size), ("GNU.sparse.numblocks", "\(numbers / 2)"), ("GNU.sparse.map", map),
        ])
    }

    /// An archive with its final zero blocks.
    static func archive(_ members: [TarMember]) -> [UInt8] {
        members.flatMap(\.bytes) + [UInt8](repeating: 0, count: 1024)
    }
}
