/// The paths that process 1 provides to an application, relative to the application's root.
///
/// A machine that was started without a package has no manifest; one whose image has no `/run` has none of these paths.
package enum GuestPath {
    /// The Unix stream socket for evidence requests (``EvidenceRequest``).
    ///
    /// Only the application's user may connect.
    package static let evidenceSocket = "/run/adyton/evidence.sock"
    /// The package's manifest as the host sent it; the guest does not verify it.
    package static let manifest = "/run/adyton/manifest.json"
    /// The manifest's signature as the host sent it; the guest does not verify it.
    package static let manifestSignature = "/run/adyton/manifest.sig"
    /// The directory that gateway and application share: a socket, and the gateway's key if that is configured.
    ///
    /// Only the application's user may open it.
    package static let gatewayFolder = "/run/adyton/gateway"
    /// The Unix stream socket of the gateway's local HTTP interface for the application.
    package static let gatewaySocket = "/run/adyton/gateway/local.sock"
    /// The mount point of the gateway's root file system.
    package static let gatewayRoot = "/run/adyton/gateway-root"
    /// The parent directory, a new tmpfs at each boot.
    package static let folder = "/run/adyton"
}
