import Testing

@testable import RapportCLI

@Suite("A link")
struct InvitationLinkTests {
    @Test("says where the server is")
    func parts() throws {
        let link = try #require(InvitationLink("https://practice.example:8443/j/c2VjcmV0"))
        #expect(link.host == "practice.example")
        #expect(link.port == 8443)
        #expect(link.usesTLS)
    }

    @Test(
        "has the port of its scheme when it names none",
        arguments: [("http://a.example/j/x", 80), ("https://a.example/j/x", 443)])
    func ports(text: String, port: Int) throws {
        #expect(try #require(InvitationLink(text)).port == port)
    }

    @Test(
        "of another form is refused",
        arguments: [
            "", "practice.example", "ftp://a.example/j/x", "http://a.example/", "http://a.example/j/",
            "http://a.example/j/x/y", "http:///j/x", "javascript:alert(1)", "http://a.example/k/x",
        ])
    func malformed(text: String) { #expect(InvitationLink(text) == nil) }
}
