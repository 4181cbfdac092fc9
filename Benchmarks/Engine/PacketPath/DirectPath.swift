import Allocations
import BenchmarkSupport
import RapportBase
import RapportSession

/// The path without sockets: datagrams go from one session's outputs into the other's receive buffer.
struct DirectPath: ~Copyable {
    private let pair: MediaPair
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)

    init(profile: SRTPProfile, workload: Workload) {
        pair = MediaPair(profile: profile, workload: workload)
        for side in [pair.sender, pair.receiver] {
            side.session.handle(.transportWritable, at: pair.now, into: &side.outputs)
        }
        exchange()
        guard pair.sender.isSecured, pair.receiver.isSecured else { fail("no handshake without sockets") }
    }

    deinit { buffer.deallocate() }

    /// Sends one round of pictures.
    func run() -> Sample {
        let sample = Sample.measure(packets: pair.workload.packets) {
            var frames = 0
            while frames < pair.workload.framesPerRound {
                let isDue = pair.advance { _ in }
                exchange()
                guard isDue else { continue }
                pair.sendFrame()
                exchange()
                frames += 1
            }
            goOn()
        }
        pair.verify()
        return sample
    }

    // What the pace held back leaves in its time, long before the next picture would come.
    private func goOn() {
        let end = pair.now + Workload.frameInterval
        while !pair.hasArrived, pair.now < end {
            pair.step { _ in }
            exchange()
        }
    }

    private func exchange() {
        repeat {
            deliver(pair.sender, to: pair.receiver)
            deliver(pair.receiver, to: pair.sender)
        } while !pair.sender.outputs.isEmpty
    }

    private func deliver(_ from: MediaSide, to other: MediaSide) {
        from.outputs.withDatagrams { bytes, ranges in
            for range in ranges {
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
                other.session.handle(.datagram(target), at: pair.now, into: &other.outputs)
            }
        }
        from.takeEvents()
        from.outputs.removeAll()
    }
}

/// What one packet cost.
struct Sample {
    var nanoseconds: Double
    var allocations: Double

    /// CPU time and heap allocations of this thread.
    static func measure(packets: Int, _ body: () -> Void) -> Sample {
        let mark = Mark()
        body()
        return mark.sample(packets: packets)
    }

    /// Where a measurement began.
    struct Mark {
        private let time = Clock.threadCPU()
        private let allocations = allocations_of_thread()

        func sample(packets: Int) -> Sample {
            let time = Clock.threadCPU() - time
            return Sample(
                nanoseconds: Double(time) / Double(packets),
                allocations: Double(allocations_of_thread() - allocations) / Double(packets))
        }
    }
}
