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
    /// The folder of all that, made anew at each start, in memory.
    package static let folder = "/run/adyton"
}
