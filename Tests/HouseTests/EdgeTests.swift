import Testing

@Suite("Edges between rooms")
struct EdgeTests {
    let table: RoomTable
    let package: PackageDump

    init() throws {
        table = try RoomTable.read()
        package = try PackageDump.read()
    }

    private var rooms: [PackageDump.Target] { package.targets.filter { $0.type != "test" } }

    @Test("every target is a room of the table and every room is a target")
    func tableIsComplete() {
        #expect(Set(rooms.map(\.name)) == Set(table.rooms.keys))
        #expect(rooms.count > 15)
    }

    @Test("no target depends on what its room may not import")
    func edges() {
        for target in rooms {
            let allowed = table.rooms[target.name]?.mayImport ?? []
            for dependency in target.dependencies {
                #expect(
                    allowed.contains(dependency.name),
                    "\(target.name) -> \(dependency.name) is not in docs/architecture.md")
            }
        }
    }

    @Test("no source file imports a module that its room may not")
    func imports() throws {
        for room in table.rooms.values where room.kind != .library {
            for source in try Checkout.sources(of: room.name) {
                for module in source.imports {
                    #expect(room.mayImport.contains(module), "\(source.path) imports \(module)")
                }
            }
        }
    }

    @Test("a core room imports neither an edge nor a program")
    func coreStaysBelowTheEdge() {
        for room in table.rooms.values where room.kind == .core {
            let kinds = room.mayImport.compactMap { table.rooms[$0]?.kind }
            #expect(kinds.allSatisfy { $0 == .core || $0 == .library }, "\(room.name)")
        }
    }

    @Test("the library that users import pulls in neither server nor command line")
    func libraryIsLean() {
        let rooms = package.rooms(ofProduct: "Rapport")
        #expect(rooms.contains("RapportSession"))
        #expect(rooms.isDisjoint(with: ["RapportServer", "RapportSignaling", "RapportCLI", "RapportPeer"]))
    }
}
