import CGuest
import Glibc
import GuestInterface

/// The kernel's modules that a plan lists, in its order.
struct KernelModules {
    let plan: LaunchPlan

    /// Loads them all.
    ///
    /// - Throws: `guest.module` for the first that is missing or refused; one that is there already is well.
    func load() throws(GuestError) {
        for name in plan.modules {
            try load(name).orFail(.module, name)
        }
        // Where vectors are computed a lane at a time, plain code reads a verified disk in two thirds of the time.
        let isEmulated = guest_is_emulated() != 0
        for name in plan.optionalModules where !(isEmulated && name.hasPrefix("sha256-ssse3")) {
            _ = load(name)
        }
    }

    private func load(_ name: String) -> Result<Int32, SystemCall.Failure> {
        let loaded = SystemFile.open("\(LaunchPlan.modulesFolder)/\(name)").flatMap { file in
            SystemCall.result(guest_load_module(file.number, name.hasSuffix(".ko") ? 0 : 1))
        }
        if case .failure(let failure) = loaded, failure.number == EEXIST { return .success(0) }
        return loaded
    }

    /// Takes the modules and the plan out of memory: nothing needs them any more.
    func discard() {
        for name in SystemCall.list(LaunchPlan.modulesFolder).orNothing ?? [] {
            _ = SystemCall.remove("\(LaunchPlan.modulesFolder)/\(name)")
        }
        for path in [LaunchPlan.path, "/init", "/adyton-init"] {
            _ = SystemCall.remove(path)
        }
    }
}
