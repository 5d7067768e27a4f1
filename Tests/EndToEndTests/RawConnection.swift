import Foundation
import InferenceClient
import Synchronization

/// A connection on which a test says what it likes, a byte at a time or too much at once.
final class RawConnection: Sendable {
    /// Why the request could not be begun.
    struct Failure: Error {}

    private let handle: FileHandle

    /// The head of an evaluation whose body never comes.
    static let unfinishedEvaluation =
        "POST /evaluate HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=XX\r\n"
        + "content-length: 1000\r\n\r\n--XX\r\n"

    /// An inference of a text body in two parts, numbers that are all the same: its head with the body's first byte, and
    /// the rest of the body.
    static let inference: (beginning: String, rest: String) = {
        let data = Array(repeating: "0", count: 3 * 96 * 96).joined(separator: ",")
        let body = #"{"inputs":[{"name":"input","shape":[1,3,96,96],"datatype":"FP32","data":[\#(data)]}]}"#
        let head =
            "POST /v2/models/signal-flags/infer HTTP/1.1\r\nhost: a\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
        return (head + body.prefix(1), String(body.dropFirst()))
    }()

    /// Connects and sends some text.
    init(to address: ServerAddress, saying text: String) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure() }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(address.port).bigEndian
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        // The address lives on this frame for the whole call, and its size is the type's own.
        let status = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure() }
        try handle.write(contentsOf: Data(text.utf8))
    }

    /// Sends a text again and again until the socket takes no more, and reads nothing.
    ///
    /// - Returns: How many bytes the socket took.
    func flood(_ text: String) -> Int {
        // The array is valid for the length of each call.
        let bytes = Array(text.utf8)
        var count = 0
        var pauses = 0
        while pauses < 5 {
            let sent = unsafe send(handle.fileDescriptor, bytes, bytes.count, Int32(MSG_DONTWAIT))
            if sent > 0 {
                count += sent
                pauses = 0
            } else {
                // A pause lets the server's own buffers fill too; then it is over.
                pauses += 1
                usleep(200_000)
            }
        }
        return count
    }

    /// Sends more text.
    ///
    /// - Returns: Whether the connection took it; a closed peer is an error and no signal.
    func say(_ text: String) -> Bool {
        // The array is valid for the length of each call.
        let bytes = Array(text.utf8)
        return unsafe send(handle.fileDescriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// What the server says next; empty where it has closed or reset the connection.
    func response() async throws -> String {
        let handle = handle
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var bytes = [UInt8](repeating: 0, count: 65536)
                // The array is valid for the length of the call.
                let count = unsafe recv(handle.fileDescriptor, &bytes, bytes.count, 0)
                continuation.resume(returning: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
            }
        }
    }
}
