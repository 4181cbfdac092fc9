import BenchmarkSupport
import Glibc

/// What Linux tells of this process.
enum Process {
    /// Most memory that was resident since `forgetPeakMemory`, in bytes: VmHWM.
    static func peakMemory() -> Int {
        for line in file("/proc/self/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
        }
        fail("no VmHWM")
    }

    /// Counts the peak from here.
    static func forgetPeakMemory() {
        let descriptor = open("/proc/self/clear_refs", O_WRONLY)
        guard descriptor >= 0, write(descriptor, "5", 1) == 1 else { fail("clear_refs") }
        close(descriptor)
    }

    // MARK: Threads

    struct Thread {
        var name: String
        /// CPU seconds since it began.
        var seconds: Double
    }

    /// By thread id.
    static func threads() -> [Int: Thread] {
        guard let directory = opendir("/proc/self/task") else { fail("/proc/self/task") }
        defer { closedir(directory) }
        var threads: [Int: Thread] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let id = Int(name) else { continue }
            let folder = "/proc/self/task/\(id)/"
            // First the nanoseconds on a processor.
            let nanoseconds = file(folder + "schedstat").split(separator: " ").first.flatMap { Double($0) } ?? 0
            let command = file(folder + "comm").split(separator: "\n").first.map(String.init) ?? "?"
            threads[id] = Thread(name: command, seconds: nanoseconds / 1e9)
        }
        return threads
    }

    /// Seconds used between two looks, by what the threads are for.
    static func group(_ after: [Int: Thread], since before: [Int: Thread]) -> [(String, Double)] {
        var sums = ["video_encode": 0.0, "video_decode": 0, "audio": 0, "session": 0, "other": 0]
        for (id, thread) in after {
            sums[purpose(thread.name), default: 0] += thread.seconds - (before[id]?.seconds ?? 0)
        }
        return sums.sorted { $0.key < $1.key }
    }

    private static func purpose(_ name: String) -> String {
        switch name {
        case "rapport-video-0": "video_encode"
        case "rapport-video-1": "video_decode"
        case "rapport-audio": "audio"
        default: name.hasPrefix("rapport-") ? "session" : "other"
        }
    }

    private static func file(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }
}
