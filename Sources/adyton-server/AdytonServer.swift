import ArgumentParser
import ServerTool

/// The server alone: what a sealed machine runs.
@main
enum AdytonServer {
    static func main() async {
        await ServeCommand.main()
    }
}
