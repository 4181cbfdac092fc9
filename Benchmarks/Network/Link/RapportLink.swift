import BenchmarkSupport
import CTunnel
import Glibc
import RapportSimulator

/// The simulator's links between real sockets.
@main
enum RapportLink {
    static func main() {
        let settings = LinkSettings(CommandLine.arguments)
        if settings.lists {
            for one in LinkSettings.cases { Output.show(one.name) }
            return
        }
        if settings.checks { exit(SelfCheck(settings).isPassed() ? 0 : 1) }
        guard let one = settings.one else { return }
        var live = LiveCase(settings, one)
        if tunnel_hurry() < 0 { Output.show(#"{"type":"warning","text":"no real-time priority"}"#) }
        live.work()
    }
}
