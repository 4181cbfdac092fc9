@main struct CallCost { static func main() {} }
