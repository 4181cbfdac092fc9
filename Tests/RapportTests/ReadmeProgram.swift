import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct ReadmeProgram {
    @Test("The program in the README runs")
    func runs() async throws {
        #expect(try await ReadmeBody.run() >= 100)
    }
}
