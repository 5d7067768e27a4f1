// libFuzzer's entry points over decoding and preprocessing; Scripts/fuzz-images.sh compiles them with the sources of
// Sources/Model/Inference/Images into one module.

import CImageCodecs

@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int) -> Int

/// Small bounds, so that an execution takes milliseconds and every bound is met.
private let limits: ImageLimits = {
    var limits = ImageLimits()
    limits.maximumPixels = 1 << 15
    limits.minimumSide = 1
    limits.maximumScans = 20
    limits.maximumDecoderMemoryInBytes = 1 << 22
    return limits
}()

/// Decodes, and checks what must hold of every image that is accepted.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
    // The input itself says how it is resized, so that an execution can be repeated.
    let seed = unsafe bytes.suffix(64).reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let name = ["image.jpg", "image.png", "image", nil][Int(seed >> 29) % 4]
    guard let image = try? ImageDecoder(limits: limits).decode(bytes.span, declaredName: name) else { return 0 }
    precondition(image.width * image.height <= limits.maximumPixels)

    let (width, height) = (Int(seed & 127) + 1, Int(seed >> 7 & 127) + 1)
    let columns = width / 4..<width
    let rows = height / 3..<height
    let part = { image.resized(width: width, height: height, columns: columns, rows: rows, kernel: $0) }
    precondition(part(.portable) == part(resampleFastestKernel()))

    guard
        let preprocessing = try? Preprocessing(
            shortSide: Int(seed >> 14 & 63) + 1,
            cropWidth: Int(seed >> 20 & 63) + 1,
            cropHeight: Int(seed >> 23 & 63) + 1,
            mean: [0.5, 0.4, 0.3],
            standardDeviation: [0.1, 0.2, 0.3]
        )
    else { preconditionFailure("these lengths are valid") }
    precondition(preprocessing.apply(to: image).allSatisfy(\.isFinite))
    return 0
}

/// Mutates as libFuzzer does, and mostly repairs a PNG's checksums behind it, which chance would never get right.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateImage(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
    let count = unsafe mutate(start, count, capacity)
    if seed % 8 != 0 { unsafe repairChecksums(UnsafeMutableBufferPointer(start: start, count: count)) }
    return count
}

private func repairChecksums(_ file: UnsafeMutableBufferPointer<UInt8>) {
    guard unsafe file.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return }
    var chunk = 8
    while chunk + 12 <= file.count {
        let length = (0..<4).reduce(0) { $0 << 8 | Int(file[chunk + $1]) }
        let end = chunk + 8 + length
        guard end + 4 <= file.count else { return }
        let checksum = unsafe checksum(file[(chunk + 4)..<end])
        for index in 0..<4 { unsafe file[end + index] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * index)) }
        chunk = end + 4
    }
}

/// The cyclic redundancy code of W3C PNG, annex D, one bit at a time.
private func checksum(_ bytes: Slice<UnsafeMutableBufferPointer<UInt8>>) -> UInt32 {
    var remainder = UInt32.max
    for byte in unsafe bytes {
        remainder ^= UInt32(byte)
        for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    return ~remainder
}
