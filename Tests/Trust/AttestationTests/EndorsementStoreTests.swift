import Attestation
import Diagnostics
import Foundation
import Synchronization
import TestSupport
import Testing

/// A client's store of endorsements against a mirror, a folder and neighbours that do what they like.
@Suite struct EndorsementStoreTests {
    /// A mirror whose answers change, and which notes how often it was asked.
    private final class Mirror: EndorsementSource {
        let answer: Mutex<[UInt8]?>
        let count = Mutex(0)

        init(_ answer: [UInt8]?) { self.answer = Mutex(answer) }

        func document(for request: EndorsementRequest) async throws -> [UInt8]? {
            count.withLock { $0 += 1 }
            return answer.withLock(\.self)
        }
    }

    /// Collects what a cache reports.
    private final class Log: Sendable {
        private let events = Mutex<[EndorsementEvent]>([])

        var kinds: [EndorsementEvent.Kind] { events.withLock { $0.map(\.kind) } }
        var reasons: String { events.withLock { $0.map(\.reason).joined(separator: "\n") } }

        func note(_ event: EndorsementEvent) { events.withLock { $0.append(event) } }
    }

    private static let request = EndorsementRequest(name: "any.bin", url: "any", maximumAgeInDays: 7)
    private static let listRequest = EndorsementRequest(name: "amd-vcek-Test.crl", url: "list", maximumAgeInDays: 7)

    private let folder: TemporaryFolder
    private let log = Log()

    init() throws {
        folder = try TemporaryFolder()
    }

    private var place: URL { folder.url.appending(path: "cache") }

    private func cache(
        _ upstream: (any EndorsementSource)?,
        _ anchors: [TrustAnchor] = [],
        folder: URL? = nil,
        archive: EndorsementArchive? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> EndorsementCache {
        EndorsementCache(
            folder: folder ?? place,
            upstream: upstream,
            archive: archive,
            testOnlyRoots: anchors,
            now: now,
            report: { [log] in log.note($0) }
        )
    }

    @Test func `a file that is cut off or changed is fetched again, and never given out`() async throws {
        let content = [UInt8]("the document".utf8)
        let mirror = Mirror(content)
        #expect(try await cache(mirror).document(for: Self.request) == content)
        let file = place.appending(path: "any.bin")
        let good = [UInt8](try Data(contentsOf: file))
        let damaged =
            good.indices.map { Array(good[..<$0]) }
            + good.indices.map { index in
                var bytes = good
                bytes[index] ^= 4
                return bytes
            }
        for bytes in damaged {
            try Data(bytes).write(to: file)
            #expect(try await cache(nil).document(for: Self.request) == nil)
        }
        #expect(log.kinds == [EndorsementEvent.Kind](repeating: .damaged, count: damaged.count))
        #expect(try await cache(mirror).document(for: Self.request) == content)
        #expect([UInt8](try Data(contentsOf: file)) != damaged.last)
        #expect(try await cache(nil).document(for: Self.request) == content)
    }

    @Test func `a symbolic link in the folder is not followed, and is replaced`() async throws {
        let elsewhere = folder.url.appending(path: "elsewhere")
        let other = cache(Mirror([1, 2, 3]), folder: elsewhere)
        _ = try await other.document(for: Self.request)
        let target = elsewhere.appending(path: "any.bin")
        let before = try Data(contentsOf: target)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let link = place.appending(path: "any.bin")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        #expect(try await cache(nil).document(for: Self.request) == nil)
        #expect(try await cache(Mirror([7])).document(for: Self.request) == [7])
        #expect(try Data(contentsOf: target) == before)
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link.path)) == nil)
    }

    @Test func `a folder that cannot be written is said, and only costs another request`() async throws {
        try Data().write(to: folder.url.appending(path: "file"))
        let mirror = Mirror([1])
        let cache = cache(mirror, folder: folder.url.appending(path: "file/below"))
        for _ in 0..<2 { #expect(try await cache.document(for: Self.request) == [1]) }
        #expect(mirror.count.withLock(\.self) == 2 && log.kinds == [.notKept, .notKept])
    }

    @Test func `two clients that share a folder find whole documents and nothing else`() async throws {
        let sizes = [1, 70_000, 300_000]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<4 {
                group.addTask {
                    for round in 0..<12 {
                        let size = sizes[(client + round) % sizes.count]
                        let bytes = [UInt8](repeating: UInt8(client), count: size)
                        // A clock of its own makes what the others wrote look old.
                        let cache = cache(Mirror(bytes), now: { Date(timeIntervalSinceNow: Double(client) * 1e8) })
                        let found = try #require(try await cache.document(for: Self.request))
                        #expect(found == [UInt8](repeating: found[0], count: found.count))
                        #expect(sizes.contains(found.count))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(log.kinds.isEmpty, "\(log.reasons)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["any.bin"])
    }

    @Test func `a mirror takes no revocation back, and fills the cache with nothing of its own`() async throws {
        let authority = TestAuthority(name: "ARK-Test")
        let day = { (text: String) in try Date(text, strategy: .iso8601) }
        let now = try day("2025-06-20T00:00:00Z")
        let newer = try authority.der(withdrawing: [7], thisUpdate: "20250610000000Z")
        let older = try authority.der(withdrawing: [], thisUpdate: "20250601000000Z")
        let future = try authority.der(withdrawing: [], thisUpdate: "20250625000000Z")
        let foreign = try TestAuthority(name: "ARK-Test").der(withdrawing: [], thisUpdate: "20250615000000Z")
        let fill = cache(Mirror(newer), [authority.anchor], now: { now })
        #expect(try await fill.document(for: Self.listRequest) == newer)
        // The list is of yesterday's week: the mirror is asked again.
        let later = now + 8 * 86_400
        let lies: [([UInt8], String)] = [
            (older, "endorsement.document-older"), (foreign, "revocation-list.signature-invalid"),
            (Array(newer.dropLast()), "revocation-list.malformed"), ([], "revocation-list.malformed"),
            (Array("<html>".utf8), "revocation-list.malformed"),
        ]
        for (lie, reason) in lies {
            let lied = cache(Mirror(lie), [authority.anchor], now: { later })
            #expect(try await lied.document(for: Self.listRequest) == newer)
            #expect(log.reasons.hasSuffix("(\(reason))"), "\(log.reasons)")
        }
        let ahead = cache(Mirror(future), [authority.anchor], now: { now - 7 * 86_400 })
        #expect(try await ahead.document(for: Self.listRequest) == newer)
        #expect(log.reasons.hasSuffix("(revocation-list.not-yet-valid)"), "\(log.reasons)")
        #expect(try await cache(nil).document(for: Self.listRequest) == newer)
        let renewed = try authority.der(withdrawing: [7, 8], thisUpdate: "20250626000000Z")
        let honest = cache(Mirror(renewed), [authority.anchor], now: { later })
        #expect(try await honest.document(for: Self.listRequest) == renewed)
    }

    @Test func `who does not answer is not asked again at once, and does not hold anybody up`() async throws {
        let mirror = Mirror(nil)
        let cache = cache(mirror)
        for _ in 0..<20 { #expect(try await cache.document(for: Self.request) == nil) }
        #expect(mirror.count.withLock(\.self) == 1 && log.kinds == [.notFetched])
        let silent = self.cache(Silence())
        for _ in 0..<2 {
            let error = await #expect(throws: AttestationError.self) {
                try await silent.stored(for: Self.request, by: Deadline(in: .milliseconds(50)))
            }
            #expect(error?.finding.id == "endorsement.timed-out")
        }
    }

    /// A mirror that never answers.
    private struct Silence: EndorsementSource {
        func document(for request: EndorsementRequest) async throws -> [UInt8]? {
            try await Task.sleep(for: .seconds(3600))
            return nil
        }
    }

    @Test func `a document in use is fetched anew before it is old, without anybody waiting for it`() async throws {
        let request = EndorsementRequest(name: "day.bin", url: "day", maximumAgeInDays: 1)
        let alarm = Alarm()
        let clock = Mutex(Date())
        let mirror = Mirror([1])
        let cache = EndorsementCache(
            folder: place,
            upstream: mirror,
            testOnlyRoots: [],
            refreshShare: 0.75,
            now: { clock.withLock(\.self) },
            sleep: { _ in try await alarm.sleep() }
        )
        #expect(try await cache.document(for: request) == [1])
        for round in 2...4 {
            await alarm.waitForSleeper()
            // Before its time nobody is asked.
            clock.withLock { $0 += 0.7 * 86_400 }
            alarm.ring()
            await alarm.waitForSleeper()
            #expect(mirror.count.withLock(\.self) == round - 1)
            clock.withLock { $0 += 0.1 * 86_400 }
            mirror.answer.withLock { $0 = [UInt8(round)] }
            #expect(try await cache.document(for: request) == [UInt8(round - 1)])
            alarm.ring()
            await alarm.waitForSleeper()
            #expect(mirror.count.withLock(\.self) == round)
            #expect(try await cache.document(for: request) == [UInt8(round)])
        }
        // A failure is tried again later; what there is stays in use.
        mirror.answer.withLock { $0 = nil }
        clock.withLock { $0 += 0.8 * 86_400 }
        #expect(try await cache.document(for: request) == [4])
        alarm.ring()
        await alarm.waitForSleeper()
        #expect(try await cache.document(for: request) == [4])
        #expect(mirror.count.withLock(\.self) == 5)
    }

    @Test func `an archive carries documents to another computer, and none that their vendor did not sign`()
        async throws
    {
        let authority = TestAuthority(name: "ARK-Test")
        let now = try Date("2025-06-20T00:00:00Z", strategy: .iso8601)
        let list = try authority.der(withdrawing: [7], thisUpdate: "20250610000000Z")
        let first = cache(Mirror(list), [authority.anchor], now: { now })
        _ = try await first.document(for: Self.listRequest)
        let archive = EndorsementArchive(await first.documents)
        let text = archive.json
        #expect(try EndorsementArchive(json: text, subject: "a") == archive && archive.documents.count == 1)
        for count in 0..<(text.count - 1) {
            let error = #expect(throws: AttestationError.self) {
                try EndorsementArchive(json: text.prefix(count), subject: "a")
            }
            #expect(error?.finding.id == "endorsement.archive-invalid")
        }
        let elsewhere = folder.url.appending(path: "elsewhere")
        let brought = cache(nil, [authority.anchor], folder: elsewhere, archive: archive, now: { now })
        #expect(try await brought.document(for: Self.listRequest) == list)
        let second = cache(nil, [authority.anchor], folder: elsewhere, now: { now })
        #expect(try await second.add(archive) == ["amd-vcek-Test.crl"])
        #expect(try await second.add(archive) == [])
        #expect(try await second.document(for: Self.listRequest) == list)
        // Another authority's list of the same name neither comes in nor is used from the file.
        let stranger = try TestAuthority(name: "ARK-Test").der(withdrawing: [], thisUpdate: "20250615000000Z")
        let content = Data(stranger).base64EncodedString()
        let lie = """
            {"version": 1, "documents": [
              {"name": "amd-vcek-Test.crl", "fetched": "2025-06-20T00:00:00Z", "content": "\(content)"}
            ]}
            """
        let forged = try EndorsementArchive(json: Data(lie.utf8), subject: "forged")
        await #expect(throws: AttestationError.self) { try await second.add(forged) }
        let misled = cache(nil, [authority.anchor], folder: elsewhere, archive: forged, now: { now })
        #expect(try await misled.document(for: Self.listRequest) == list)
    }
}

/// A sleeper that a test wakes.
private final class Alarm: Sendable {
    private struct State {
        var sleeper: CheckedContinuation<Void, any Error>?
        var watcher: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func sleep() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let watcher = state.withLock { state in
                    state.sleeper = continuation
                    defer { state.watcher = nil }
                    return state.watcher
                }
                watcher?.resume()
            }
        } onCancel: {
            take()?.resume(throwing: CancellationError())
        }
    }

    func ring() { take()?.resume() }

    func waitForSleeper() async {
        await withCheckedContinuation { continuation in
            let isAsleep = state.withLock { state in
                if state.sleeper == nil { state.watcher = continuation }
                return state.sleeper != nil
            }
            if isAsleep { continuation.resume() }
        }
    }

    private func take() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            defer { state.sleeper = nil }
            return state.sleeper
        }
    }
}
