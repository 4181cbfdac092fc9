import BenchmarkSupport
import Glibc

/// One participant as the director sees it: a child that talks to the other one over its standard input, a socket,
/// and prints its figures.
struct ParticipantProcess {
    private let child: pid_t
    private let output: CInt

    /// Runs one call; the figures of both participants by name, in the order in which they were printed.
    static func pair(width: Int, height: Int, seconds: Int, _ options: Options) -> [(String, [Double])] {
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            fail("socketpair")
        }
        var arguments = ["--width", "\(width)", "--height", "\(height)", "--seconds", "\(seconds)"]
        for name in ["--clip", "--sound"] {
            if let value = options.text(name) { arguments += [name, value] }
        }
        let offerer = ParticipantProcess(arguments + ["--participant", "offerer"], input: ends[0])
        let answerer = ParticipantProcess(arguments + ["--participant", "answerer"], input: ends[1])
        // The children have them: a participant that dies ends the other one's reading.
        for end in ends { close(end) }
        let (ours, theirs) = (offerer.finish(), answerer.finish())
        guard !ours.isEmpty, ours.map(\.0) == theirs.map(\.0) else { fail("a participant did not finish") }
        return zip(ours, theirs).map { ($0.0, [$0.1, $1.1]) }
    }

    private init(_ arguments: [String], input: CInt) {
        var pipe: [CInt] = [0, 0]
        guard Glibc.pipe(&pipe) == 0, fcntl(pipe[0], F_SETFD, FD_CLOEXEC) == 0, fcntl(pipe[1], F_SETFD, FD_CLOEXEC) == 0
        else { fail("pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var strings = (["call-cost"] + arguments).map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/proc/self/exe", &actions, nil, &strings, environ) == 0 else { fail("posix_spawn") }
        close(pipe[1])
        self.child = child
        output = pipe[0]
    }

    /// Waits for the end; the lines `name value` that were printed.
    private func finish() -> [(String, Double)] {
        let text = String(decoding: readAll(output), as: UTF8.self)
        close(output)
        var status: CInt = 0
        waitpid(child, &status, 0)
        guard status == 0 else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = Double(parts[1]) else { return nil }
            return (String(parts[0]), value)
        }
    }

    private func readAll(_ descriptor: CInt) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &block, block.count)
            guard count > 0 else { return bytes }
            bytes += block[..<count]
        }
    }
}
