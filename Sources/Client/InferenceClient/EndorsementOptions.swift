public import Attestation
public import Foundation
import Logging
import VendorServices

/// Where a client takes revocation lists, TCB information and certificates from, beside what a server sends.
///
/// What the client fetched itself wins over what the host sent, so that no host chooses an old revocation list. The services of
/// AMD and Intel are asked over HTTPS, through the proxy that `HTTPS_PROXY` names; they learn which processor the server has.
/// Evidence of developers' platforms and of AWS Nitro asks nobody.
public struct EndorsementOptions: Sendable {
    /// The folder of the cache, which several processes may share; it is created when needed.
    public var folder = EndorsementCache.userFolder
    /// Whether nobody is asked: only what is in the folder and in ``archive`` is used, whatever its age.
    ///
    /// A policy's `maximumAgeInDays` refuses what is too old.
    public var isOffline = false
    /// Documents that were brought by file; nil for none.
    public var archive: EndorsementArchive?
    /// The mirror of each service, such as `https://kdsintf.amd.com` → `http://mirror.example:8080`; mirrors are not trusted.
    public var mirrors: [String: String] = [:]
    /// The longest time that a connection waits for documents; then what is at hand is used.
    public var timeout: Duration = .seconds(20)
    /// Receives what went wrong without stopping a connection, from any thread; by default a warning in the log.
    public var report: @Sendable (EndorsementEvent) -> Void = { event in
        Logger(label: "adyton.endorsements").warning("\(event)")
    }

    /// The defaults.
    public init() {}
}

/// The cache that the options describe.
struct EndorsementProvider: Sendable {
    let cache: EndorsementCache
    let timeout: Duration

    init(_ options: EndorsementOptions) throws(ClientError) {
        var mirrors: [Origin: Origin] = [:]
        for (service, mirror) in options.mirrors {
            guard let from = Origin(service), let to = Origin(mirror) else {
                throw ClientError(
                    .addressInvalid,
                    subject: "\(service)=\(mirror)",
                    expected: "a service and its mirror, each https://host[:port] or http://host[:port]"
                )
            }
            mirrors[from] = to
        }
        cache = EndorsementCache(
            folder: options.folder,
            upstream: options.isOffline ? nil : VendorService(mirrors: mirrors),
            archive: options.archive,
            report: options.report
        )
        timeout = options.timeout
    }
}
