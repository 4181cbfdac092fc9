import Glibc

/// Lines of standard input, as they come.
struct LineReader {
    private var rest: [UInt8] = []

    /// Whole lines that one read brought; nil at the end.
    mutating func read() -> [String]? {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(0, &room, room.count)
        guard count > 0 else { return nil }
        rest += room.prefix(count)
        var lines: [String] = []
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(String(decoding: rest[..<end], as: UTF8.self))
            rest.removeFirst(end + 1)
        }
        return lines
    }
}
