@main struct SetupTime { static func main() {} }
