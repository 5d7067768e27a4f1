package import Diagnostics
public import FoundationEssentials

/// The vendors' documents that a client fetched itself, in a folder, so that a vendor is not asked for every connection.
///
/// Concurrent requests for the same document share one upstream request, and several processes may share the folder. A
/// document is kept only if its vendor signed it, and never replaced by one that was issued before it. While the cache lives,
/// documents in use are fetched anew before they get old, one at a time. Where the vendor does not respond, the stored document
/// is returned; its own validity period still applies in verification.
public actor EndorsementCache: EndorsementSource {
    /// The largest document that is stored, in bytes.
    public static let maximumSize = 16 << 20
    /// For so long a document is not asked for again that did not come.
    private static let pause = Duration.seconds(60)

    private let folder: EndorsementFolder
    private let upstream: (any EndorsementSource)?
    private let archive: EndorsementArchive?
    private let anchors: [TrustAnchor]
    private let now: @Sendable () -> Date
    private let sleep: @Sendable (Duration) async throws -> Void
    private let report: @Sendable (EndorsementEvent) -> Void
    private var underway: [String: Task<StoredEndorsement?, any Error>] = [:]
    private var pauses: [String: (end: ContinuousClock.Instant, error: (any Error)?)] = [:]
    private var schedule: EndorsementSchedule
    private var refresher: Task<Void, Never>?

    /// Creates a cache.
    ///
    /// - Parameters:
    ///   - folder: The directory; it is created when a document is stored.
    ///   - upstream: The source of missing or old documents; nil to work offline.
    ///   - archive: Documents that somebody brought by file, used like those of the directory.
    ///   - now: The clock.
    ///   - report: Receives what went wrong without stopping the cache; called from any thread.
    public init(
        folder: URL,
        upstream: (any EndorsementSource)?,
        archive: EndorsementArchive? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        report: @escaping @Sendable (EndorsementEvent) -> Void = { _ in }
    ) {
        self.init(
            folder: folder,
            upstream: upstream,
            archive: archive,
            testOnlyRoots: TrustAnchor.vendors,
            refreshShare: .random(in: 0.6...0.9),
            now: now,
            sleep: { try await Task.sleep(for: $0) },
            report: report
        )
    }

    package init(
        folder: URL,
        upstream: (any EndorsementSource)?,
        archive: EndorsementArchive? = nil,
        testOnlyRoots anchors: [TrustAnchor],
        refreshShare: Double = 0.75,
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        report: @escaping @Sendable (EndorsementEvent) -> Void = { _ in }
    ) {
        self.folder = EndorsementFolder(url: folder)
        self.upstream = upstream
        self.archive = archive
        self.anchors = anchors
        self.now = now
        self.sleep = sleep
        self.report = report
        schedule = EndorsementSchedule(share: refreshShare)
    }

    deinit {
        refresher?.cancel()
    }

    /// The user's own folder: `adyton/endorsements` in `XDG_CACHE_HOME`, or else in `~/.cache`.
    public static var userFolder: URL {
        let stated = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"]
        let base = stated.flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        let home = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return (base ?? home).appending(path: "adyton/endorsements")
    }

    /// Returns a document from the directory, or from upstream.
    ///
    /// - Parameter request: The document.
    /// - Returns: nil where neither has it.
    /// - Throws: The upstream's errors, where there is no stored document.
    public func document(for request: EndorsementRequest) async throws -> [UInt8]? {
        try await stored(for: request)?.bytes
    }

    /// Returns a document with the time at which it was fetched.
    ///
    /// - Parameters:
    ///   - request: The document.
    ///   - deadline: By when to be content with what is at hand; the request goes on in the background.
    /// - Returns: nil where neither the directory nor upstream has it.
    /// - Throws: The upstream's errors, where there is no stored document.
    package func stored(
        for request: EndorsementRequest,
        by deadline: Deadline? = nil
    ) async throws -> StoredEndorsement? {
        let kept = kept(request.name)
        if let kept, isFresh(kept, request) {
            follow(request, kept)
            return kept
        }
        guard upstream != nil else { return kept }
        if let pause = pauses[request.name], pause.end > .now {
            guard kept == nil, let error = pause.error else { return kept }
            throw error
        }
        do {
            let task = fetching(request)
            let fetched = if let deadline { try await deadline.result(of: task) } else { try await task.value }
            return fetched ?? kept
        } catch {
            if pauses[request.name].map({ $0.end <= .now }) ?? true {
                // The vendor's answer did not come in time; the request goes on.
                postpone(request.name, error)
                report(EndorsementEvent(kind: .notFetched, document: request.name, reason: "\(error)"))
            }
            guard let kept else { throw error }
            follow(request, kept)
            return kept
        }
    }

    /// Every document of the directory, for people and for an archive.
    package var documents: [StoredEndorsement] { folder.documents }

    /// Takes over the documents of an archive that are newer than the directory's own.
    ///
    /// - Parameter archive: The archive.
    /// - Returns: The names of the documents that were taken over.
    /// - Throws: The first failed check of a document that its vendor did not sign; `endorsement.folder-unwritable`.
    package func add(_ archive: EndorsementArchive) throws(AttestationError) -> [String] {
        var added: [String] = []
        for document in archive.documents {
            _ = try EndorsementForm(name: document.name).examine(document.bytes, anchors: anchors, at: now())
            if let own = folder.document(document.name).document, !isNewer(document, than: own) { continue }
            if let reason = folder.write(document) {
                throw AttestationError(EndorsementCheck.folderUnwritable, subject: folder.url.path, found: reason)
            }
            added.append(document.name)
        }
        return added
    }

    // MARK: What is at hand

    /// The newer one of the directory's and the archive's.
    private func kept(_ name: String) -> StoredEndorsement? {
        let (own, isDamaged) = folder.document(name)
        if isDamaged {
            report(EndorsementEvent(kind: .damaged, document: name, reason: "the cache's file is no document"))
        }
        guard let brought = archive?[name],
            (try? EndorsementForm(name: name).examine(brought.bytes, anchors: anchors, at: now())) != nil
        else { return own }
        guard let own else { return brought }
        return isNewer(brought, than: own) ? brought : own
    }

    private func isNewer(_ document: StoredEndorsement, than other: StoredEndorsement) -> Bool {
        let form = EndorsementForm(name: document.name)
        let issued = [document, other].map { (try? form.dates($0.bytes))?.issued ?? .distantPast }
        return issued[0] == issued[1] ? document.fetched > other.fetched : issued[0] > issued[1]
    }

    private func isFresh(_ document: StoredEndorsement, _ request: EndorsementRequest) -> Bool {
        guard let days = request.maximumAgeInDays else { return true }
        // A time that is still to come says nothing about the age.
        let age = now().timeIntervalSince(document.fetched)
        guard age >= -1, age <= Double(days) * 86_400 else { return false }
        return expiry(document).map { $0 > now() || $0 <= document.fetched } ?? true
    }

    private func expiry(_ document: StoredEndorsement) -> Date? {
        (try? EndorsementForm(name: document.name).dates(document.bytes))?.expires
    }

    // MARK: Fetching

    private func fetching(_ request: EndorsementRequest) -> Task<StoredEndorsement?, any Error> {
        if let task = underway[request.name] { return task }
        let task = Task { try await fetch(request) }
        underway[request.name] = task
        return task
    }

    private func fetch(_ request: EndorsementRequest) async throws -> StoredEndorsement? {
        defer { underway[request.name] = nil }
        do {
            guard let bytes = try await upstream?.document(for: request) else {
                postpone(request.name, nil)
                report(EndorsementEvent(kind: .notFetched, document: request.name, reason: "the vendor has none"))
                return nil
            }
            let document = try admitted(bytes, request)
            pauses[request.name] = nil
            if let reason = folder.write(document) {
                report(EndorsementEvent(kind: .notKept, document: request.name, reason: reason))
            }
            follow(request, document)
            schedule.renew(request.name, fetched: document.fetched, expires: expiry(document))
            return document
        } catch {
            postpone(request.name, error)
            report(EndorsementEvent(kind: .notFetched, document: request.name, reason: "\(error)"))
            throw error
        }
    }

    /// A document that its vendor signed, and not before the one at hand: a mirror cannot take a revocation back.
    private func admitted(
        _ bytes: [UInt8],
        _ request: EndorsementRequest
    ) throws(AttestationError) -> StoredEndorsement {
        guard bytes.count <= Self.maximumSize else {
            throw AttestationError(
                EndorsementCheck.documentInvalid,
                subject: request.name,
                expected: "at most \(Self.maximumSize) bytes",
                found: "\(bytes.count) bytes"
            )
        }
        let form = EndorsementForm(name: request.name)
        let dates = try form.examine(bytes, anchors: anchors, at: now())
        if let issued = dates.issued, let own = kept(request.name), let ours = try? form.dates(own.bytes).issued,
            issued < ours
        {
            throw AttestationError(
                EndorsementCheck.documentOlder,
                subject: request.name,
                expected: "issued at \(ours.plain) or later",
                found: issued.plain
            )
        }
        return StoredEndorsement(name: request.name, fetched: now(), bytes: bytes)
    }

    private func postpone(_ name: String, _ error: (any Error)?) {
        pauses = pauses.filter { $0.value.end > .now }
        pauses[name] = (.now + Self.pause, error)
    }

    // MARK: Refreshing

    private func follow(_ request: EndorsementRequest, _ document: StoredEndorsement) {
        guard upstream != nil, request.maximumAgeInDays != nil else { return }
        schedule.follow(request, fetched: document.fetched, expires: expiry(document), at: now())
        guard refresher == nil else { return }
        refresher = Task { [weak self, sleep] in
            while let wait = await self?.nextWait() {
                do { try await sleep(wait) } catch { return }
                await self?.refresh()
            }
        }
    }

    private func nextWait() -> Duration? {
        guard let seconds = schedule.wait(at: now()) else {
            refresher = nil
            return nil
        }
        return .seconds(seconds)
    }

    /// Fetches what is due, one document after the other; a failure was reported, and the document is due again.
    private func refresh() async {
        for request in schedule.takeDue(at: now()) {
            _ = try? await fetching(request).value
        }
    }
}
