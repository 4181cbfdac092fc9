import ArgumentParser

@main
struct RapportCLI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rapport")
    mutating func run() async throws {}
}
