/// Names for machines that a person gave none.
package enum MachineName {
    /// A name that says what runs and that no other machine has.
    ///
    /// - Parameters:
    ///   - subject: A package's name or a program's path; its last component's ASCII letters and digits count.
    ///   - number: What makes the name unlike others.
    /// - Returns: At most 33 letters, digits and a dash.
    package static func new(for subject: String, number: UInt32 = .random(in: .min ... .max)) -> String {
        let word = subject.split(separator: "/").last.map(String.init) ?? ""
        let plain = String(word.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(24))
        return (plain.isEmpty ? "machine" : plain) + "-" + String(number, radix: 16)
    }
}
