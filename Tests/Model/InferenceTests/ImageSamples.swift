/// Small files, right and wrong ones, made byte by byte.
enum ImageSamples {
    /// A baseline JPEG of 16 x 16 pixels, in colour with halved chroma.
    ///
    /// Drawn for these tests with Pillow 13: the grey `(13 x + 7 y) % 256`, saved as RGB with quality 10.
    static let jpeg: [UInt8] = hexadecimal(
        """
        ffd8ffe000104a46494600010100000100010000ffdb00430050373c463c32504641465a55505f78c882786e6e78f5afb991c8ffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdb004301555a5a786978eb8282ebffffffffff
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        c00011080010001003012200021101031101ffc4001500010100000000000000000000000000000304ffc4001a1000030003010000000000
        00000000000000020301132132ffc40014010100000000000000000000000000000000ffc400141101000000000000000000000000000000
        00ffda000c03010002110311003f0019a95cd429a8967d51e7a6e600ffd9
        """
    )

    /// The same JPEG with another size in its header.
    static func jpegClaiming(width: Int, height: Int) -> [UInt8] {
        var file = jpeg
        guard let frame = marker(0xC0, in: file) else { return [] }
        file.replaceSubrange(frame + 5..<frame + 9, with: bigEndian(height, 2) + bigEndian(width, 2))
        return file
    }

    /// A flat, grey progressive JPEG that sends every bit of every coefficient in a scan of its own.
    ///
    /// - Parameters:
    ///   - scans: How many of its 883 scans it has.
    ///   - width: The columns in its header.
    ///   - height: The rows in its header.
    /// - Returns: The file.
    static func progressive(scans: Int, width: Int = 16, height: Int = 16) -> [UInt8] {
        let blocks = ((width + 7) / 8) * ((height + 7) / 8)
        // One bit, a zero, says of a block that it has nothing to add; ones fill the last byte.
        var data = [UInt8](repeating: 0, count: blocks / 8)
        if blocks % 8 != 0 { data.append(0xFF >> UInt8(blocks % 8)) }
        var file: [UInt8] = [0xFF, 0xD8]
        file += segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        file += segment(0xC2, [8] + bigEndian(height, 2) + bigEndian(width, 2) + [1, 1, 0x11, 0])
        for table: UInt8 in [0x00, 0x10] {
            file += segment(0xC4, [table, 1] + [UInt8](repeating: 0, count: 15) + [0])
        }
        var scripts: [[UInt8]] = [[0, 0, 0]]
        for coefficient: UInt8 in 1...63 {
            scripts.append([coefficient, coefficient, 13])
            for bit: UInt8 in (0..<13).reversed() { scripts.append([coefficient, coefficient, (bit + 1) << 4 | bit]) }
        }
        for script in scripts.prefix(scans) { file += segment(0xDA, [1, 1, 0] + script) + data }
        return file + [0xFF, 0xD9]
    }

    /// A PNG of 16 x 16 grey pixels.
    ///
    /// - Parameters:
    ///   - extra: Chunks before the pixels.
    ///   - rows: How many rows of pixels it has, whatever its header says.
    /// - Returns: The file.
    static func png(extra: [UInt8] = [], rows: Int = 16) -> [UInt8] {
        var data: [UInt8] = []
        for y in 0..<rows {
            data.append(0)
            for x in 0..<16 { data.append(UInt8((13 * x + 7 * y) % 256)) }
        }
        // RFC 1950 and 1951: one stored block.
        let length: [UInt8] = bigEndian(data.count, 2).reversed()
        let complement = length.map { ~$0 }
        let stored: [UInt8] = [0x78, 0x01, 0x01] + length + complement + data + bigEndian(adler(data), 4)
        return header(width: 16, height: 16) + extra + chunk("IDAT", stored) + chunk("IEND", [])
    }

    /// The beginning of a PNG of grey pixels.
    static func header(width: Int, height: Int) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(width, 4) + bigEndian(height, 4) + [8, 0, 0, 0, 0])
    }

    /// A chunk of a PNG with its length and checksum.
    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        var remainder = UInt32.max
        for byte in Array(name.utf8) + data {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0xEDB8_8320) }
        }
        return bigEndian(data.count, 4) + Array(name.utf8) + data + bigEndian(Int(~remainder), 4)
    }

    /// Where each chunk of a PNG begins.
    static func chunkStarts(of file: [UInt8]) -> [Int] {
        Array(
            sequence(first: 8) { start in
                let next = start + 12 + file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
                return next < file.count ? next : nil
            }
        )
    }

    /// Where a marker of a JPEG begins.
    static func marker(_ code: UInt8, in file: [UInt8]) -> Int? {
        file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == code }
    }

    private static func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] {
        [0xFF, marker] + bigEndian(data.count + 2, 2) + data
    }

    private static func bigEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func adler(_ data: [UInt8]) -> Int {
        let (low, high) = data.reduce((1, 0)) { sums, byte in
            let low = (sums.0 + Int(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        return high << 16 | low
    }

    private static func hexadecimal(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
