import Attestation
import Foundation
import TestSupport
import Testing

@testable import DeveloperTrust

@Suite("A developer's authority")
struct DeveloperAuthorityTests {
    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func `is made once, for its user alone, and is the same ever after`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state/adyton/authority").path
        let made = try DeveloperAuthority(in: path)
        #expect(try mode(path) == 0o700 && mode(path + "/key.pem") == 0o600)
        #expect(try DeveloperAuthority(in: path).fingerprint == made.fingerprint)
        let parent = folder.url.appending(path: "state/adyton").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == ["authority"])
    }

    @Test func `of several that are made at once, one is left, and all have that`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "authority").path
        let names = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { try? DeveloperAuthority(in: path).fingerprint } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(names.count == 1 && names.first != .some(nil))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["authority"])
    }

    @Test(arguments: [("", 0o755), ("/key.pem", 0o640), ("/key.pem", 0o604)])
    func `is not used where others may read it`(name: String, mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "authority").path
        _ = try DeveloperAuthority(in: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + name)
        let error = try #require(throws: DeveloperTrustError.self) { try DeveloperAuthority(in: path) }
        #expect(error.code == .authorityUnsafe && error.subject == path + name)
    }

    @Test func `is not used with another's key, or with files that are none`() throws {
        let folder = try TemporaryFolder()
        let (one, other) = (folder.url.appending(path: "one").path, folder.url.appending(path: "other").path)
        _ = try DeveloperAuthority(in: one)
        _ = try DeveloperAuthority(in: other)
        let key = URL(filePath: one + "/key.pem")
        for content in [try Data(contentsOf: URL(filePath: other + "/key.pem")), Data(), Data("no key".utf8)] {
            try content.write(to: key)
            let error = try #require(throws: DeveloperTrustError.self) { try DeveloperAuthority(in: one) }
            #expect(error.code == .authorityUnusable)
        }
        try FileManager.default.removeItem(atPath: other + "/certificate.pem")
        let error = try #require(throws: DeveloperTrustError.self) { try DeveloperAuthority(in: other) }
        #expect(error.code == .authorityUnusable)
    }

    @Test func `vouches for nothing but a developer's virtual TPM`() throws {
        let authority = try DeveloperAuthority(now: Date())
        let anchor = try authority.anchor()
        #expect(anchor.kinds == [.developerVtpm])
        #expect(anchor.fingerprint == authority.fingerprint)
        #expect(anchor.name != (try DeveloperAuthority(now: Date()).anchor().name))
    }

    @Test func `lies where the user's state does`() {
        #expect(DeveloperAuthority.folder(environment: ["XDG_STATE_HOME": "/s"]) == "/s/adyton/developer-authority")
        for environment in [["HOME": "/h"], ["HOME": "/h", "XDG_STATE_HOME": "relative"]] {
            #expect(
                DeveloperAuthority.folder(environment: environment) == "/h/.local/state/adyton/developer-authority"
            )
        }
    }
}
