import CGuest
import Glibc
import GuestInterface

/// Loads the kernel modules that a plan lists, in its order.
struct KernelModules {
    let plan: LaunchPlan

    /// Loads all modules; an optional one that fails is skipped.
    ///
    /// - Throws: `guest.module` for the first required module that is missing or refused; one that is loaded already is
    ///   no failure.
    func load() throws(GuestError) {
        for name in plan.modules {
            try load(name).orFail(.module, name)
        }
        // Under emulation, vector instructions are slow: the generic SHA-256 reads a verity disk in two thirds of the
        // time.
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

    /// Deletes the modules, the plan and the init programs from the initial file system to free their memory.
    func discard() {
        for name in SystemCall.list(LaunchPlan.modulesFolder).orNothing ?? [] {
            _ = SystemCall.remove("\(LaunchPlan.modulesFolder)/\(name)")
        }
        for path in [LaunchPlan.path, "/init", "/adyton-init"] {
            _ = SystemCall.remove(path)
        }
    }
}
