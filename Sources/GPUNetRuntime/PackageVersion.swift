/// The version of this package: of its libraries, its tools and its C interface.
public let packageVersion = "0.1.0"
