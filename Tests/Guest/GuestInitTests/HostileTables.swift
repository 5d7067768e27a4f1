import Foundation

/// ACPI tables as a host hands them to a machine, with code and register addresses of the attacker's choice.
///
/// QEMU makes none itself (`-machine acpi=off`); firmware gets these through the same files of its configuration device
/// (QEMU, docs/specs/acpi_hw_reduced and hw/acpi/bios-linker-loader.c).
struct HostileTables {
    /// A table in a machine's memory.
    struct Table {
        let address: Int
        var bytes: [UInt8]
    }

    /// What the attacker's code and tables address, all of it the guest's own memory.
    struct Targets {
        /// Written by code in the DSDT.
        var code: [UInt32]
        /// A block of general-purpose events that the FADT places there: the kernel sets its 8 status bytes to clear them.
        var eventBlock: UInt64
    }

    /// What the attacker's code writes.
    static let marker = Array("EVIL".utf8)

    /// The tables of a machine by signature, as its firmware installed them.
    ///
    /// - Parameter memory: The guest's memory, byte for byte.
    /// - Returns: The tables that the root table lists, and the two that the FADT points to.
    static func installed(in memory: Data) -> [String: Table] {
        var found: [String: Table] = [:]
        for pointer in rootPointers(in: memory) {
            guard let root = table(at: Int(truncatingIfNeeded: memory.number(at: pointer + 24, 8)), in: memory),
                root.signature == "XSDT"
            else { continue }
            for offset in stride(from: 36, to: root.bytes.count - 7, by: 8) {
                let address = Int(truncatingIfNeeded: root.bytes.number(at: offset, 8))
                guard let entry = table(at: address, in: memory) else { continue }
                found[entry.signature] = entry
            }
            guard let fixed = found["FACP"] else { continue }
            found["DSDT"] = table(at: Int(fixed.bytes.number(at: 40, 4)), in: memory)
            let control = Int(fixed.bytes.number(at: 36, 4))
            if control > 0, control + 64 <= memory.count {
                found["FACS"] = Table(address: control, bytes: Array(memory[control..<control + 64]))
            }
        }
        return found
    }

    private static func rootPointers(in memory: Data) -> [Int] {
        var (places, from): ([Int], Data.Index) = ([], memory.startIndex)
        while let place = memory.range(of: Data("RSD PTR ".utf8), in: from..<memory.endIndex) {
            from = place.upperBound
            let end = place.lowerBound + 36
            guard end <= memory.endIndex, memory[place.lowerBound + 15] >= 2,
                memory[place.lowerBound..<end].reduce(0, &+) == 0
            else { continue }
            places.append(place.lowerBound)
        }
        return places
    }

    private static func table(at address: Int, in memory: Data) -> Table? {
        guard address > 0, address + 36 <= memory.count else { return nil }
        let length = Int(memory.number(at: address + 4, 4))
        guard length >= 36, address + length <= memory.count else { return nil }
        return Table(address: address, bytes: Array(memory[address..<address + length]))
    }

    /// The genuine tables, changed: the DSDT with one more device for each target and one that writes to the MADT, and the
    /// FADT with its event block in memory.
    init(_ genuine: [String: Table], _ targets: Targets) throws {
        guard var differentiated = genuine["DSDT"]?.bytes, var fixed = genuine["FACP"]?.bytes,
            let interrupts = genuine["APIC"]?.bytes, let configuration = genuine["MCFG"]?.bytes
        else { throw CocoaError(.fileReadCorruptFile) }
        let devices = targets.code.enumerated().flatMap { Self.device(named: "EVL\($0)", writingTo: $1) }
        differentiated += Self.package([0x10], Array("\\_SB_".utf8) + devices + Self.tableWriter)
        differentiated.set(UInt64(differentiated.count), at: 4, 4)
        differentiated.fixChecksum()
        fixed.set(8, at: 221, 1)
        fixed.set(0, at: 220, 1)
        fixed.set(targets.eventBlock, at: 224, 8)
        var control = [UInt8](repeating: 0, count: 64)
        control.replaceSubrange(0..<8, with: Array("FACS".utf8) + [64, 0, 0, 0])
        write(control, differentiated, fixed, [interrupts, configuration])
    }

    private var (tables, pointer, loader): ([UInt8], [UInt8], [UInt8]) = ([], [], [])

    /// Lays the tables out in one file, and lists what firmware does with it: allocate, add addresses, add checksums.
    private mutating func write(
        _ control: [UInt8],
        _ differentiated: [UInt8],
        _ fixed: [UInt8],
        _ others: [[UInt8]]
    ) {
        var fixed = fixed
        tables = control
        let code = tables.count
        tables += differentiated
        fixed.set(0, at: 36, 4)
        fixed.set(UInt64(code), at: 40, 4)
        fixed.set(UInt64(code), at: 140, 8)
        command(1, Self.name(Self.tablesFile) + Self.number(64, 4) + [1])
        command(1, Self.name(Self.pointerFile) + Self.number(16, 4) + [2])
        var places = [tables.count]
        let place = tables.count
        tables += fixed
        for (offset, size) in [(36, 4), (40, 4), (140, 8)] { address(at: place + offset, size: UInt8(size)) }
        checksum(place, fixed.count)
        for table in others {
            places.append(tables.count)
            tables += table
        }
        let root = tables.count
        var entries = Array("RSDT".utf8) + Self.number(UInt64(36 + 4 * places.count), 4) + [1, 0]
        entries += Array("HOSTILHOSTILE ".utf8) + [UInt8](repeating: 1, count: 12)
        tables += entries + places.flatMap { Self.number(UInt64($0), 4) }
        for index in places.indices { address(at: root + 36 + 4 * index, size: 4) }
        checksum(root, tables.count - root)
        pointer = Array("RSD PTR ".utf8) + [0] + Array("HOSTIL".utf8) + [0] + Self.number(UInt64(root), 4)
        address(of: Self.pointerFile, at: 16, size: 4)
        command(3, Self.name(Self.pointerFile) + Self.number(8, 4) + Self.number(0, 4) + Self.number(20, 4))
    }

    /// QEMU's arguments that hand the tables over.
    func arguments(in folder: URL) throws -> [String] {
        var words = ["-machine", "acpi=off"]
        for (name, bytes) in [(Self.tablesFile, tables), (Self.pointerFile, pointer), ("etc/table-loader", loader)] {
            let file = folder.appending(path: name.replacing("/", with: "-"))
            try Data(bytes).write(to: file)
            words += ["-fw_cfg", "name=\(name),file=\(file.path)"]
        }
        return words
    }

    private static let tablesFile = "etc/acpi/tables"
    private static let pointerFile = "etc/acpi/rsdp"

    private mutating func command(_ code: UInt64, _ body: [UInt8]) {
        let bytes = Self.number(code, 4) + body
        loader += bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
    }

    private mutating func address(of file: String = tablesFile, at offset: Int, size: UInt8) {
        command(2, Self.name(file) + Self.name(Self.tablesFile) + Self.number(UInt64(offset), 4) + [size])
    }

    private mutating func checksum(_ place: Int, _ length: Int) {
        tables[place + 9] = 0
        let range = Self.number(UInt64(place), 4) + Self.number(UInt64(length), 4)
        command(3, Self.name(Self.tablesFile) + Self.number(UInt64(place + 9), 4) + range)
    }

    private static func name(_ file: String) -> [UInt8] {
        Array(file.utf8) + [UInt8](repeating: 0, count: 56 - file.utf8.count)
    }

    private static func number(_ value: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    // MARK: - AML (ACPI 6.5, section 20.2)

    /// `Device (name) { … Method (_STA) { MARK = "EVIL"; Return (0x0F) } }`, whose field is memory.
    private static func device(named name: String, writingTo address: UInt32) -> [UInt8] {
        let memory = Array("MEMR".utf8)
        let region = [0x5B, 0x80] + memory + [0, 0x0C] + number(UInt64(address), 4) + [0x0B, 0, 0x10]
        return device(named: name, region: region, memory)
    }

    /// The same, whose field is a table that firmware installed: `DataTableRegion (MEMR, "APIC", "", "")`.
    private static var tableWriter: [UInt8] {
        let memory = Array("MEMR".utf8)
        let region = [0x5B, 0x88] + memory + [0x0D] + Array("APIC".utf8) + [0, 0x0D, 0, 0x0D, 0]
        return device(named: "EVLT", region: region, memory)
    }

    private static func device(named name: String, region: [UInt8], _ memory: [UInt8]) -> [UInt8] {
        let identifier = [0x08] + Array("_HID".utf8) + [0x0D] + Array("ADYT0001".utf8) + [0]
        let field = package([0x5B, 0x81], memory + [3] + Array("MARK".utf8) + [32])
        let store = [0x70, 0x0C] + marker + Array("MARK".utf8)
        let method = package([0x14], Array("_STA".utf8) + [0] + store + [0xA4, 0x0A, 0x0F])
        return package([0x5B, 0x82], Array(name.utf8) + identifier + region + field + method)
    }

    /// An object with its package length, which counts itself.
    private static func package(_ code: [UInt8], _ body: [UInt8]) -> [UInt8] {
        let short = body.count + 1
        if short < 64 { return code + [UInt8(short)] + body }
        let long = body.count + 2
        return code + [0x40 | UInt8(long & 15), UInt8(long >> 4)] + body
    }
}

extension HostileTables.Table {
    var signature: String { String(decoding: bytes.prefix(4), as: UTF8.self) }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// A little-endian number of `size` bytes.
    fileprivate func number(at offset: Int, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(self[startIndex + offset + $1]) << (8 * UInt64($1)) }
    }
}

extension [UInt8] {
    /// Writes a little-endian number of `size` bytes.
    fileprivate mutating func set(_ value: UInt64, at offset: Int, _ size: Int) {
        for index in 0..<size { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
    }

    /// Makes the sum of a table's bytes zero.
    fileprivate mutating func fixChecksum() {
        self[9] = 0
        self[9] = 0 &- reduce(0, &+)
    }
}
