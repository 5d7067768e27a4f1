import Testing

@Suite struct ArchitectureTests {
    private let package: PackageDescription
    private let page: ArchitecturePage

    init() async throws {
        package = try await PackageDescription.shared.value
        page = try ArchitecturePage()
    }

    @Test func `the page lists every target once, under the group of its folder`() {
        #expect(page.entries.map(\.target).sorted() == package.targets.map(\.name).sorted())
        for entry in page.entries {
            let folders = package[entry.target]?.path.split(separator: "/").map(String.init) ?? []
            switch folders.first {
            case "Benchmarks": #expect(entry.group == "Benchmarks", "\(entry.target)")
            case "Sources" where folders.count == 2: #expect(folders[1] == entry.group, "\(entry.target)")
            default:
                #expect(folders == ["Sources", entry.group, entry.target], "\(entry.target)")
            }
        }
    }

    @Test func `no target depends on a higher layer or on a neighbour's group`() throws {
        let groups = Dictionary(page.entries.map { ($0.target, $0.group) }) { first, _ in first }
        for target in package.targets {
            let group = try #require(groups[target.name], "\(target.name)")
            let layer = try #require(ArchitecturePage.layer(of: group), "\(group)")
            for other in target.dependencies {
                let otherGroup = try #require(groups[other], "\(other)")
                let otherLayer = try #require(ArchitecturePage.layer(of: otherGroup), "\(otherGroup)")
                #expect(otherGroup == group || otherLayer > layer, "\(target.name) depends on \(other)")
            }
        }
    }

    /// What comes with a product, or goes into a measured program: a new name here is a decision.
    @Test(arguments: [
        ("Attestation", ["Diagnostics", "StrictJSON"]),
        (
            "InferenceClient",
            [
                "Attestation", "AttestedTransport", "Diagnostics", "GuestInterface", "InferenceProtocol",
                "PackageManifest", "PeerVerification", "StrictJSON", "VendorServices",
            ]
        ),
        (
            "AttestedGateway",
            ["Attestation", "AttestedTransport", "CLinux", "Diagnostics", "Files", "GuestInterface", "StrictJSON"]
        ),
    ])
    func `a module brings these modules and no more`(module: String, closure: [String]) {
        #expect(package.closure(of: module) == closure)
    }
}
