import ContainerImage
import Testing

@Suite struct ShellWordsTests {
    @Test(
        arguments: [
            ("", []), ("  \t\n", []), ("a b", ["a", "b"]), (#"--build-arg "A=b c""#, ["--build-arg", "A=b c"]),
            ("'a \"b\\' c", ["a \"b\\", "c"]), (#"a\ b \'"#, ["a b", "'"]), (#""a\"b\\c\d""#, [#"a"b\c\d"#]),
            ("''", [""]), ("a''b", ["ab"]), ("é 'ü ß'", ["é", "ü ß"]), ("$HOME *", ["$HOME", "*"]),
        ] as [(String, [String])]
    )
    func `splits as a shell does`(line: String, words: [String]) throws {
        #expect(try ShellWords.split(line) == words)
    }

    @Test(arguments: ["'a", "\"a", "a\\", "\"a\\\""])
    func `refuses what is not finished`(line: String) {
        #expect(code { _ = try ShellWords.split(line) } == "container.arguments-invalid")
    }
}
