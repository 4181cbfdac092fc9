// Our own path for the packets of `packet-floor`: one session's pictures through packetizer, pacer, SRTP and ICE to
// another session's frame buffer, in one thread. CPU time and heap allocations per packet; see README.md.
//
//   packet-path [--bytes 1100] [--frame 32] [--packets 20000] [--rounds 5] [--profile gcm|sha1]

import BenchmarkSupport
import RapportBase
import RapportICE

@main struct PacketPath {
    static func main() async {
        let options = Options()
        let workload = Workload(
            packetBytes: options.number("--bytes", 1100, in: 200...1400),
            packetsPerFrame: options.number("--frame", 32, in: 1...150),
            packets: options.number("--packets", 20_000, in: 1000...1_000_000),
            rounds: options.number("--rounds", 5, in: 1...99))
        var report = Report(
            "packet-path",
            parameters: [
                ("bytes", workload.packetBytes), ("packets_per_frame", workload.packetsPerFrame),
                ("packets", workload.packets), ("rounds", workload.rounds),
            ])
        let wanted = options.text("--profile")
        for (name, profile) in [("gcm", SRTPProfile.aeadAES128GCM), ("sha1", .aes128CMHMACSHA1_80)]
        where wanted ?? name == name {
            await measure(name, profile, workload, &report)
        }
        print(report.json)
    }

    static func measure(_ name: String, _ profile: SRTPProfile, _ workload: Workload, _ report: inout Report) async {
        let crypto = CryptoPath(profile: profile, workload: workload)
        let direct = DirectPath(profile: profile, workload: workload)
        let executor = GLibExecutor(name: "packet-path")
        let sockets = SocketPath(profile: profile, workload: workload, executor: executor)
        await sockets.connect()
        var samples: [[Sample]] = [[], [], []]
        // The first round fills caches and pools and is not counted.
        for round in 0...workload.rounds {
            let taken = [crypto.run(), direct.run(), await sockets.run()]
            if round > 0 { for (index, sample) in taken.enumerated() { samples[index].append(sample) } }
        }
        await sockets.close()
        add(name, samples, to: &report)
    }

    private static func add(_ name: String, _ samples: [[Sample]], to report: inout Report) {
        let time = samples.map { $0.map(\.nanoseconds).median }
        let allocations = samples.map { $0.map(\.allocations).median }
        report.add("\(name).path_ns", time[2])
        report.add("\(name).srtp_ns", time[0])
        report.add("\(name).session_ns", time[1])
        report.add("\(name).session_own_ns", time[1] - time[0])
        report.add("\(name).sockets_ns", time[2] - time[1])
        report.add("\(name).allocations", allocations[2])
        report.add("\(name).libsrtp2_allocations", allocations[0])
        report.add("\(name).own_allocations", allocations[1] - allocations[0])
        report.add("\(name).libnice_allocations", allocations[2] - allocations[1])
    }
}
