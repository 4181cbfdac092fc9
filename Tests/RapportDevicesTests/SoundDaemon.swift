import Foundation
import Glibc
import Synchronization

/// A PulseAudio daemon of the test's own: no configuration, its own folder and socket, the devices that the test asks
/// for. Ended by its process number.
final class SoundDaemon: Sendable {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    static let path: String? = {
        let places: [String] = ["/usr/bin/pulseaudio", "/usr/local/bin/pulseaudio"]
        return places.first { access($0, X_OK) == 0 }
    }()
    static var isInstalled: Bool { path != nil }

    let folder: URL
    private let process: pid_t
    private let input: CInt
    private let hasEnded = Mutex(false)

    /// What PULSE_SERVER would hold.
    var server: String { "unix:\(folder.path)/native" }

    /// A sink of 16 bits, 48 kHz, one channel, whose monitor is its exact copy. Without rewinding it is never more than
    /// 50 ms ahead; with it, it would begin with 2 s of silence.
    static func nullSink(_ name: String) -> String {
        "module-null-sink sink_name=\(name) rate=48000 channels=1 format=s16le channel_map=mono norewinds=1"
    }

    private init(folder: URL, process: pid_t, input: CInt) {
        (self.folder, self.process, self.input) = (folder, process, input)
    }

    /// Starts a daemon and returns when it says that it is up.
    static func start(_ modules: [String], in folder: URL? = nil) async throws -> SoundDaemon {
        guard let path else { throw Failed(description: "pulseaudio is not installed") }
        let place = folder ?? FileManager.default.temporaryDirectory.appending(path: "rapport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        var (log, commands): ([CInt], [CInt]) = ([0, 0], [0, 0])
        guard pipe(&log) == 0, pipe(&commands) == 0 else { throw Failed(description: "no pipe") }
        for end in log + commands { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var words = [
            path, "-n", "-C", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no",
            "--realtime=no", "--high-priority=no", "--log-target=stderr", "--log-level=info",
            "-L", "module-native-protocol-unix auth-anonymous=1 socket=\(place.path)/native",
        ]
        for module in modules { words += ["-L", module] }
        let process = try spawn(words, folder: place, input: commands[0], log: log[1])
        close(commands[0])
        close(log[1])
        let daemon = SoundDaemon(folder: place, process: process, input: commands[1])
        guard await isUp(log[0]) else {
            daemon.stop()
            throw Failed(description: "pulseaudio did not come up")
        }
        return daemon
    }

    private static func spawn(_ words: [String], folder: URL, input: CInt, log: CInt) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, log, 1)
        posix_spawn_file_actions_adddup2(&actions, log, 2)
        let home = folder.path
        let environment = [
            "HOME=\(home)", "XDG_RUNTIME_DIR=\(home)", "PULSE_RUNTIME_PATH=\(home)", "PULSE_STATE_PATH=\(home)",
            "PATH=/usr/bin:/bin", "LC_ALL=C",
        ]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        guard posix_spawn(&process, words[0], &actions, nil, &arguments, &variables) == 0 else {
            throw Failed(description: "pulseaudio cannot be started")
        }
        return process
    }

    /// Reads the daemon's log until it is up, and goes on reading so that it never blocks.
    private static func isUp(_ log: CInt) async -> Bool {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                var text = ""
                var isTold = false
                var buffer = [UInt8](repeating: 0, count: 4096)
                while case let count = read(log, &buffer, buffer.count), count > 0 {
                    guard !isTold else { continue }
                    text += String(decoding: buffer[..<count], as: UTF8.self)
                    guard text.contains("Daemon startup complete") else { continue }
                    isTold = true
                    continuation.resume(returning: true)
                }
                close(log)
                if !isTold { continuation.resume(returning: false) }
            }
            thread.start()
        }
    }

    /// Gives the daemon a command of its command line, for instance `unload-module 3`.
    func command(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    /// Ends the daemon and removes its folder. Idempotent.
    func stop(keepingFolder: Bool = false) {
        let isFirst = hasEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
        guard isFirst else { return }
        kill(process, SIGKILL)
        var status: CInt = 0
        waitpid(process, &status, 0)
        close(input)
        if !keepingFolder { try? FileManager.default.removeItem(at: folder) }
    }

    deinit { stop() }
}
