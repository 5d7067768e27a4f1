import Foundation
import TestSupport
import Testing

/// What `adyton verify` found a server to be, and curl as its client: it knows no evidence, but takes the key that
/// evidence has named.
struct VerifiedServer {
    private struct Report: Decodable {
        let verdict: String
        let platform: String
        let connectionKey: String
    }

    let address: String
    let platform: String
    let connectionKey: String

    /// Takes a report.
    ///
    /// - Parameters:
    ///   - report: What `adyton verify --json` printed.
    ///   - address: The server's address.
    /// - Throws: Where the report is none.
    init(_ report: OutsideTool.Output, of address: String) throws {
        #expect(report.status == 0, "\(report.standardError)")
        let report = try JSONDecoder().decode(Report.self, from: report.standardOutput)
        #expect(report.verdict == "accepted")
        platform = report.platform
        connectionKey = report.connectionKey
        self.address = address
    }

    /// Asks the server, if it has the key.
    func curl(_ path: String, _ options: [String] = [], key: String? = nil) async throws -> (status: Int, body: String)
    {
        let output = try await #require(Tool.curl).run(
            [
                "--silent", "--show-error", "--max-time", "120", "--insecure", "--tlsv1.3", "--pinnedpubkey",
                key ?? connectionKey, "--write-out", "\n%{http_code}",
            ] + options + [address + path]
        )
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[end...].dropFirst()) ?? 0, String(text[..<end]))
    }

    /// How many images the server was asked about, by its own count.
    func evaluations() async throws -> Int {
        let metrics = try await curl("/metrics")
        #expect(metrics.status == 200)
        let counts = metrics.body.split(separator: "\n").filter {
            $0.hasPrefix("adyton_http_requests_total{") && $0.contains(#""/evaluate""#)
        }
        return counts.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }
}
