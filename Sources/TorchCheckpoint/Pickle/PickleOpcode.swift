/// The instructions of a pickle that are followed: the 34 that PyTorch's own safe loader knows, and
/// those that protocols 3 to 5 add for the same purposes (Python's `pickletools` describes each).
///
/// Instructions that call by name from the stream's text (`INST`, `OBJ`), copy (`DUP`) or discard
/// (`POP`) are not among them: no checkpoint needs them, and payloads hide behind them.
enum PickleOpcode: UInt8 {
  case `protocol` = 0x80
  case frame = 0x95
  case stop = 0x2E  // .

  case none = 0x4E  // N
  case newTrue = 0x88
  case newFalse = 0x89
  case integer4 = 0x4A  // J
  case integer1 = 0x4B  // K
  case integer2 = 0x4D  // M
  case long1 = 0x8A
  case long4 = 0x8B
  case float = 0x47  // G

  case text1 = 0x8C
  case text4 = 0x58  // X
  case text8 = 0x8D
  case oldText1 = 0x55  // U
  case bytes1 = 0x43  // C
  case bytes4 = 0x42  // B
  case bytes8 = 0x8E
  case byteArray8 = 0x96

  case mark = 0x28  // (
  case emptyTuple = 0x29  // )
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case tuple = 0x74  // t
  case emptyList = 0x5D  // ]
  case append = 0x61  // a
  case appends = 0x65  // e
  case emptyDictionary = 0x7D  // }
  case setItem = 0x73  // s
  case setItems = 0x75  // u
  case emptySet = 0x8F
  case addItems = 0x90
  case frozenSet = 0x91

  case put1 = 0x71  // q
  case put4 = 0x72  // r
  case memoize = 0x94
  case get1 = 0x68  // h
  case get4 = 0x6A  // j

  case global = 0x63  // c
  case stackGlobal = 0x93
  case reduce = 0x52  // R
  case newObject = 0x81
  case newObjectWithKeywords = 0x92
  case build = 0x62  // b
  case persistentID = 0x51  // Q
}
