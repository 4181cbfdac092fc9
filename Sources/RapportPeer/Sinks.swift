import Foundation
import Rapport
import RapportBase
import RapportCodecs
import RapportTestMedia
import Synchronization

/// Counts the pictures that arrive and, when asked, writes them as Y4M. All pictures of a file have one size: the
/// first one's; a sender that adapts its size later is scaled to it.
final class PictureSink: VideoSink {
    struct Counts {
        var rendered = 0
        var written = 0
        var scaled = 0
    }

    private struct State {
        var file: FileHandle?
        var header: Y4MHeader?
        var counts = Counts()
    }

    private let state: Mutex<State>

    init(path: String?) throws {
        let file = try path.map(FileHandle.creating)
        state = Mutex(State(file: file))
    }

    var counts: Counts { state.withLock { $0.counts } }

    func render(_ frame: VideoFrame) {
        state.withLock { state in
            state.counts.rendered += 1
            guard let file = state.file else { return }
            if state.header == nil {
                let header = Y4MHeader(width: frame.width, height: frame.height)
                state.header = header
                file.write(Data(header.serialized()))
            }
            guard let header = state.header else { return }
            var buffer = frame.buffer
            if buffer.width != header.width || buffer.height != header.height {
                buffer = PictureScaler.scaled(buffer, width: header.width, height: header.height)
                state.counts.scaled += 1
            }
            file.write(Data(Y4MHeader.serialized(frame: buffer)))
            state.counts.written += 1
        }
    }

    func finish() { state.withLock { try? $0.file?.close() } }
}

/// Counts the sound that arrives and, when asked, writes it as WAV, 48 kHz mono; its header is set right at the end.
final class SoundSink: AudioSink {
    private struct State {
        var file: FileHandle?
        var samples = 0
    }

    private let state: Mutex<State>

    init(path: String?) throws {
        let file = try path.map(FileHandle.creating)
        file?.write(Data(WAVFile(samples: []).serialized()))
        state = Mutex(State(file: file))
    }

    var samples: Int { state.withLock { $0.samples } }

    func play(_ frame: AudioFrame) {
        state.withLock { state in
            state.samples += frame.samples.count
            state.file?.write(frame.samples.withUnsafeBytes { Data($0) })
        }
    }

    func finish() {
        state.withLock { state in
            guard let file = state.file else { return }
            let bytes = UInt32(clamping: state.samples * 2)
            // RIFF: the sizes of the whole and of the data chunk lie at 4 and 40.
            for (offset, value) in [(UInt64(4), bytes &+ 36), (40, bytes)] {
                try? file.seek(toOffset: offset)
                file.write(withUnsafeBytes(of: value.littleEndian) { Data($0) })
            }
            try? file.close()
        }
    }
}

extension FileHandle {
    /// A new, empty file at `path`, open for writing.
    static func creating(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: path])
        }
        return try FileHandle(forWritingTo: URL(filePath: path))
    }
}
