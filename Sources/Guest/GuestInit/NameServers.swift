import GuestInterface

/// Provides the plan's name servers as the application's `/etc/resolv.conf`.
///
/// They come from the measured plan and never from the host. An image without that file gets none.
struct NameServers {
    private static let path = "/etc/resolv.conf"

    let plan: LaunchPlan

    /// Bind-mounts a generated file over the image's own.
    ///
    /// - Throws: `guest.network`.
    func announce() throws(GuestError) {
        guard let servers = plan.network?.nameServers, !servers.isEmpty, SystemCall.exists(Self.path) else { return }
        let file = "/dev/.adyton-resolv"
        let text = servers.map { "nameserver \($0)\n" }.joined()
        try SystemCall.makeFile(file, text).orFail(.network, Self.path)
        try SystemCall.setMode(file, 0o444).orFail(.network, Self.path)
        try SystemCall.mount(file, at: Self.path, type: "", .bind).orFail(.network, Self.path)
        try SystemCall.remove(file).orFail(.network, Self.path)
    }
}
