import GuestInterface

extension GuestFailure {
    /// What the guest could not do, and what to look at, in one sentence without the code.
    var sentence: String {
        switch self {
        case .plan: "The guest could not read its launch plan; make the package anew with this version of adyton."
        case .module:
            "The guest's kernel did not take one of its modules; modules and kernel have to be of one version."
        case .control: "The guest lost its control channel while it started."
        case .clock: "The guest refused the host's time; set this host's clock."
        case .network: "The guest could not set up its network."
        case .rootVolume: "The root file system is not the one that was measured, or its disk is missing."
        case .rootMount: "The root file system could not be mounted; it has to be an ext2 image that mkext2 wrote."
        case .mount: "A further file system could not be mounted; each Mount and Writable needs its folder in the root."
        case .switchRoot: "The guest could not enter the root file system; it needs the folders /proc, /sys and /dev."
        case .applicationMissing:
            "The application's program, or the interpreter that it names, is not in the root file system."
        case .applicationStart:
            "The application could not be started: its user, its working directory, its limits or its program's format."
        case .hostArgument: "The guest refused an argument or a variable of this host's that its plan does not take."
        case .evidence: "The package requires evidence (Attestation), and the machine has nothing that gives it."
        case .hardening: "The guest's kernel did not take a setting that protects it."
        case .outOfMemory: "The guest ran out of memory; give it more, or its application less to do."
        case .hostDocument: "The guest refused the package's manifest or signature as this host sent them."
        case .gateway: "The gateway in front of the application could not be started."
        case .kernel:
            "The kernel lacks what the package was made for; make the package anew, and give it a processor with RDRAND."
        }
    }
}
