import ArgumentParser

@main
struct RapportPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rapport-peer")
    mutating func run() async throws {}
}
