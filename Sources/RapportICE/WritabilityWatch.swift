import CNice

/// Calls an action once, when a descriptor takes bytes again; without a descriptor (a relay over TCP), after 5 ms.
final class WritabilityWatch {
    private var watch: DescriptorWatch?
    private var timer: ExecutorTimer?

    init(executor: GLibExecutor, descriptor: CInt?, action: @escaping () -> Void) {
        if let descriptor {
            watch = DescriptorWatch(executor: executor, descriptor: descriptor, condition: G_IO_OUT) { [weak self] in
                self?.cancel()
                action()
            }
        } else {
            timer = executor.addTimer(after: .milliseconds(5), action)
        }
    }

    func cancel() {
        watch?.cancel()
        timer?.cancel()
    }
}
