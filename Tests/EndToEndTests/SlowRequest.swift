import Foundation
import InferenceClient
import Synchronization

/// A request whose body never ends: a client that went to sleep.
final class SlowRequest: Sendable {
    /// Why the request could not be begun.
    struct Failure: Error {}

    private let handle: FileHandle

    /// Connects and sends the head of an evaluation with a part of its body.
    init(to address: ServerAddress) throws {
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
        let head =
            "POST /evaluate HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=XX\r\n"
            + "content-length: 1000\r\n\r\n--XX\r\n"
        try handle.write(contentsOf: Data(head.utf8))
    }

    /// What the server says in the end.
    func response() async throws -> String {
        let handle = handle
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: handle.availableData, as: UTF8.self))
            }
        }
    }
}
