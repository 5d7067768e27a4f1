/// Where the guest's process 1 puts what an application may use, seen from the application's root.
///
/// A machine that was started without a package has no manifest; one whose image has no `/run` has none of it.
package enum GuestPath {
    /// The Unix stream socket at which evidence is asked for, as ``EvidenceRequest`` has it.
    ///
    /// Only the application's user may connect.
    package static let evidenceSocket = "/run/adyton/evidence.sock"
    /// The bytes of the package's manifest, as the host handed them over: nothing in the guest vouches for them.
    package static let manifest = "/run/adyton/manifest.json"
    /// The bytes of the manifest's signature, as the host handed them over.
    package static let manifestSignature = "/run/adyton/manifest.sig"
    /// What the gateway has for the application, and nobody else's to open: a socket, and its key where that was asked for.
    package static let gatewayFolder = "/run/adyton/gateway"
    /// The Unix stream socket at which the gateway answers the application in HTTP.
    package static let gatewaySocket = "/run/adyton/gateway/local.sock"
    /// The gateway's own root file system, which it does not leave.
    package static let gatewayRoot = "/run/adyton/gateway-root"
    /// The folder of all that, made anew at each start, in memory.
    package static let folder = "/run/adyton"
}
