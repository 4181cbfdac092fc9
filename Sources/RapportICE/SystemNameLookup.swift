import CNice
import Glibc

/// Asks the system's resolver for a `.local` name, where that one passes it on to multicast DNS.
///
/// RFC 6762 section 22.1: such names must not be asked of an ordinary name server. So the resolver is only used when
/// the `hosts` line of nsswitch.conf names a multicast source (nss-mdns, systemd's).
final class SystemNameLookup {
    private var cancellable: UnsafeMutablePointer<GCancellable>?

    /// Nil when the system's resolver does not speak multicast. `completion` comes on the executor's thread.
    init?(_ name: String, executor: GLibExecutor, completion: @escaping ([String]) -> Void) {
        executor.checkIsolated()
        guard Self.systemSpeaksMulticast else { return nil }
        let cancellable = g_cancellable_new()
        self.cancellable = cancellable
        let resolver = g_resolver_get_default()
        let box = Unmanaged.passRetained(Completion(completion)).toOpaque()
        g_resolver_lookup_by_name_async(resolver, name, cancellable, Self.onAnswer, box)
        g_object_unref(resolver)
    }

    deinit { cancel() }

    func cancel() {
        guard let cancellable else { return }
        g_cancellable_cancel(cancellable)
        g_object_unref(cancellable)
        self.cancellable = nil
    }

    private final class Completion {
        let call: ([String]) -> Void
        init(_ call: @escaping ([String]) -> Void) { self.call = call }
    }

    private static let systemSpeaksMulticast: Bool = {
        guard let file = fopen("/etc/nsswitch.conf", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if isMulticast(hostsLine: text) { return true }
        }
        return false
    }()

    /// True for `hosts: files mdns4_minimal [NOTFOUND=return] dns` and the like.
    static func isMulticast(hostsLine line: String) -> Bool {
        let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\n" }
        guard words.first == "hosts:" else { return false }
        return words.dropFirst().contains { $0.hasPrefix("mdns") || $0 == "resolve" }
    }

    private static let onAnswer: GAsyncReadyCallback = { resolver, result, data in
        guard let data else { return }
        let completion = Unmanaged<Completion>.fromOpaque(data).takeRetainedValue()
        let list = rapport_lookup_finish(resolver, result)
        defer { g_resolver_free_addresses(list) }
        var literals: [String] = []
        var next = list
        while let node = next {
            next = node.pointee.next
            guard let text = rapport_inet_address_text(node.pointee.data) else { continue }
            literals.append(String(cString: text))
            g_free(text)
        }
        completion.call(literals)
    }
}
