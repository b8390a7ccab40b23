import Glibc

/// What the process may compute on.
public enum Processors {
  /// The number of processors that are on.
  public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
