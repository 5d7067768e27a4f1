// Times decoding and resizing of one file: image-bench FILE [REPETITIONS], median processor times in milliseconds as JSON.

import Foundation
import Inference

/// What this thread has used of a processor, in milliseconds; other programs on the machine do not count.
func usedMilliseconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// The median of a piece of work's times in milliseconds.
func median(of repetitions: Int, _ work: () throws -> Void) rethrows -> Double {
    let times = try (0..<repetitions).map { _ in
        let start = usedMilliseconds()
        try work()
        return usedMilliseconds() - start
    }
    return times.sorted()[repetitions / 2]
}

guard CommandLine.arguments.count >= 2 else {
    print("usage: image-bench FILE [REPETITIONS]")
    exit(64)
}
let bytes = try [UInt8](Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let repetitions = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 50 : 50
let decoder = ImageDecoder()
let image = try decoder.decode(bytes)
let preprocessing = try Preprocessing(
    shortSide: 256,
    cropWidth: 224,
    cropHeight: 224,
    mean: [0.485, 0.456, 0.406],
    standardDeviation: [0.229, 0.224, 0.225]
)
let size = preprocessing.resizedSize(of: image)
var sink = 0.0

let results = try [
    "decode": median(of: repetitions) { sink += Double(try decoder.decode(bytes).pixels[0]) },
    "resize": median(of: repetitions) {
        sink += Double(image.resized(width: size.width, height: size.height).pixels[0])
    },
    "decodeAndResize": median(of: repetitions) {
        let image = try decoder.decode(bytes)
        sink += Double(image.resized(width: size.width, height: size.height).pixels[0])
    },
    "decodeAndPrepare": median(of: repetitions) {
        sink += Double(try preprocessing.apply(to: decoder.decode(bytes))[0])
    },
    "prepare": median(of: repetitions) { sink += Double(preprocessing.apply(to: image)[0]) },
]
precondition(sink.isFinite)
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys]
print(String(decoding: try encoder.encode(results), as: UTF8.self))
