import Glibc

/// Raw 16-bit little-endian mono sound in files.
enum RawFile {
    struct CannotOpen: Error {
        var path: String
    }

    static func read(_ path: String) throws(CannotOpen) -> [Int16] {
        guard let file = fopen(path, "rb") else { throw CannotOpen(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[0..<count] }
        return (0..<(bytes.count / 2)).map { Int16(bitPattern: UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8) }
    }

    static func write(_ samples: [Int16], to path: String) throws(CannotOpen) {
        guard let file = fopen(path, "wb") else { throw CannotOpen(path: path) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * samples.count)
        for sample in samples {
            bytes.append(UInt8(truncatingIfNeeded: sample))
            bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
        }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw CannotOpen(path: path) }
    }
}
