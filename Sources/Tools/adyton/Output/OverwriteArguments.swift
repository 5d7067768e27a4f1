import ArgumentParser

/// The option of every command that writes: without it, no command replaces what exists.
///
/// `AtomicFile` and `AtomicFolder` refuse; only an empty folder may have a folder's name.
struct OverwriteArguments: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Replace what has the result's name.")
    var force = false
}
