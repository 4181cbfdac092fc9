import CNice

/// Calls an action on an executor's thread whenever a descriptor is ready, until cancelled.
final class DescriptorWatch {
    private var source: UnsafeMutablePointer<GSource>?
    private let action: () -> Void

    init?(executor: GLibExecutor, descriptor: CInt, condition: GIOCondition, action: @escaping () -> Void) {
        executor.checkIsolated()
        guard let source = g_source_new(Self.functions, GLibExecutor.sourceSize) else { return nil }
        self.action = action
        self.source = source
        GLibExecutor.keepPolled(source)
        g_source_add_unix_fd(source, descriptor, condition)
        g_source_set_callback(source, { _ in 1 }, Unmanaged.passUnretained(self).toOpaque(), nil)
        g_source_attach(source, executor.context)
    }

    deinit { cancel() }

    func cancel() {
        guard let source else { return }
        g_source_destroy(source)
        g_source_unref(source)
        self.source = nil
    }

    nonisolated(unsafe) private static let functions = GLibExecutor.makeFunctions { _, _, data in
        guard let data else { return 1 }
        // Retained for the call: the action may let go of the watch.
        let watch = Unmanaged<DescriptorWatch>.fromOpaque(data).takeUnretainedValue()
        withExtendedLifetime(watch) { watch.action() }
        return 1
    }
}
