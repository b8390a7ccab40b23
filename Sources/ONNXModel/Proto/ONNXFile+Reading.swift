public import BinaryInput
import CONNXProto

extension ONNXFile {
  /// Whether the bytes look like an ONNX file: a model begins with the version of its format.
  public static func canRead(_ bytes: Bytes) -> Bool {
    guard bytes.count >= 4, bytes[0] == 0x08, (1...0x7F).contains(bytes[1]) else { return false }
    // The fields that may follow: producer_name, producer_version, domain, model_version,
    // doc_string, graph, opset_import, metadata_props.
    return [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72].contains(bytes[2])
  }

  /// How a file is read, and how much it is trusted.
  public struct Options: Sendable {
    /// Whether files with external data may have other names, through which nobody knows who writes.
    public var allowsHardLinks = false
    /// The most bytes that the tensors may have in all, which may share external data; nil for four
    /// times the files' own, or 1 GiB.
    public var maximumByteCount: Int?
    /// Files to take for the locations that external data name; others are looked for beside the
    /// model's.
    public var externalFiles: [String: MappedFile] = [:]

    /// Trusts as little as is usual.
    public init() {}
  }

  /// Opens and reads a file, with the external data that it names.
  ///
  /// - Throws: What ``init(reading:options:)`` throws, the path in front; `io.open`, `io.read`.
  public init(opening path: String) throws(ReadError) {
    let file = try MappedFile(path: path)
    do {
      try self.init(reading: file)
    } catch {
      throw error.path.first == path ? error : error.within(path)
    }
  }

  /// Reads a file, with the external data that it names; tensors share the mapped bytes.
  ///
  /// - Throws: The codes of the walk over the encoding; `onnx.incomplete`, `onnx.ssa`, `onnx.cycle`
  ///   where the graph is not whole; `onnx.tensorSize`, `onnx.tensorType`, `tensor.shape` for a
  ///   tensor; `ext.…` for external data; `io.memory`.
  public init(reading file: MappedFile, options: Options = Options()) throws(ReadError) {
    try self.init(reading: file.bytes, path: file.path, options: options)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: The whole content.
  ///   - path: Where it lies, beside which external data are looked for.
  ///   - options: How it is read.
  /// - Throws: As ``init(reading:options:)``.
  public init(
    reading bytes: Bytes, path: String, options: Options = Options()
  ) throws(ReadError) {
    let walk = try WireWalk(bytes, .model)
    let message = unsafe walk.skeleton.withUnsafeBufferPointer { skeleton in
      unsafe onnx__model_proto__unpack(nil, skeleton.count, skeleton.baseAddress)
    }
    guard let message = unsafe message else { throw ONNXFile.notUnpacked }
    defer { unsafe onnx__model_proto__free_unpacked(message, nil) }
    var reader = ProtoReader(bytes: bytes, path: path, options: options)
    self = try unsafe reader.file(message.pointee)
    externalFiles = reader.externalFiles.values.sorted { $0.path < $1.path }
    warnings = reader.warnings
    try reader.requireLimit()
    try requireComplete()
  }

  fileprivate static var notUnpacked: ReadError {
    ReadError(
      .onnxWire, "the file is no encoding of an ONNX model",
      advice: "check that the download or copy is complete")
  }
}

extension ONNXTensor {
  /// Reads a file that holds one tensor, as the official operator tests have them.
  ///
  /// - Throws: As `ONNXFile.init(reading:options:)`.
  public init(reading file: MappedFile) throws(ReadError) {
    let walk = try WireWalk(file.bytes, .tensor)
    let message = unsafe walk.skeleton.withUnsafeBufferPointer { skeleton in
      unsafe onnx__tensor_proto__unpack(nil, skeleton.count, skeleton.baseAddress)
    }
    guard let message = unsafe message else { throw ONNXFile.notUnpacked }
    defer { unsafe onnx__tensor_proto__free_unpacked(message, nil) }
    var reader = ProtoReader(bytes: file.bytes, path: file.path)
    self = try unsafe reader.tensor(message.pointee)
  }
}

/// Turns what the unpacking library made into values of this module.
private struct ProtoReader {
  /// The file, which holds raw data.
  let bytes: Bytes
  /// Where it lies.
  let path: String
  private let options: ONNXFile.Options
  /// The files with external data, by their locations.
  private(set) var externalFiles: [String: MappedFile]
  /// The parts of them that tensors take.
  private var parts: [Part] = []
  /// What external data state that the specification does not know.
  private var unknownKeys: Set<String> = []

  /// A part of a file with external data.
  private struct Part: Hashable {
    let location: String
    let range: Range<Int>
  }

  /// What the specification knows of external data; `basepath` is of no use to a reader.
  private static let externalKeys: Set = ["location", "offset", "length", "checksum", "basepath"]

  init(bytes: Bytes, path: String, options: ONNXFile.Options = ONNXFile.Options()) {
    self.bytes = bytes
    self.path = path
    self.options = options
    externalFiles = [:]
    for (location, file) in options.externalFiles {
      externalFiles[ProtoReader.withoutDots(location)] = file
    }
  }

  /// What was unusual and passed over.
  var warnings: [String] {
    var warnings = unknownKeys.sorted().map {
      "external data state '\($0)', which has no meaning here and is passed over"
    }
    // Tensors may be the same, and not a little of each other.
    let sorted = Set(parts).sorted {
      ($0.location, $0.range.lowerBound) < ($1.location, $1.range.lowerBound)
    }
    let overlap = zip(sorted, sorted.dropFirst()).first {
      $0.location == $1.location && $0.range.overlaps($1.range)
    }
    if let (first, second) = overlap {
      warnings.append(
        "tensors share a part of their bytes: \(first.range.lowerBound) to "
          + "\(first.range.upperBound) and \(second.range.lowerBound) to "
          + "\(second.range.upperBound) of '\(first.location)'")
    }
    return warnings
  }

  /// Makes sure that tensors that share external data are not many times larger than the files.
  func requireLimit() throws(ReadError) {
    let fileByteCount = externalFiles.values.reduce(bytes.count) { $0 + $1.bytes.count }
    let limit = options.maximumByteCount ?? max(4 * fileByteCount, 1 << 30)
    var total = 0
    for part in parts {
      total = total.addingReportingOverflow(part.range.count).partialValue
      guard total >= 0, total <= limit else {
        throw ReadError(
          .onnxLimit, "the tensors share external data and are too large in all",
          expected: "at most \(limit) bytes", remedy: .allowMoreBytes)
      }
    }
  }

  @unsafe mutating func file(_ message: Onnx__ModelProto) throws(ReadError) -> ONNXFile {
    guard unsafe message.has_ir_version != 0, let graph = unsafe message.graph else {
      throw ReadError(
        .onnxIncomplete, "the file is no whole model", expected: "a format version and a graph",
        advice: "check that the download or copy is complete")
    }
    var operatorSets: [String: Int] = [:]
    for index in unsafe 0..<message.n_opset_import {
      let entry = unsafe message.opset_import[index]!.pointee
      operatorSets[unsafe text(entry.domain)] = Int(unsafe entry.version)
    }
    guard !operatorSets.isEmpty else {
      throw ReadError(
        .onnxIncomplete, "the file states no version of the operators",
        expected: "at least one opset_import",
        advice: "check that the download or copy is complete")
    }
    var file = ONNXFile(
      irVersion: Int(unsafe message.ir_version), operatorSets: operatorSets,
      graph: try unsafe self.graph(graph.pointee))
    file.producerName = unsafe text(message.producer_name)
    file.producerVersion = unsafe text(message.producer_version)
    if unsafe message.has_model_version != 0 {
      file.modelVersion = Int(unsafe message.model_version)
    }
    file.documentation = unsafe String(decoding: array(message.doc_string), as: UTF8.self)
    for index in unsafe 0..<message.n_metadata_props {
      let entry = unsafe message.metadata_props[index]!.pointee
      file.metadata.append(
        ONNXFile.Property(
          unsafe text(entry.key), unsafe String(decoding: array(entry.value), as: UTF8.self)))
    }
    for index in unsafe 0..<message.n_functions {
      file.functions.append(try unsafe function(message.functions[index]!.pointee))
    }
    return file
  }

  @unsafe private mutating func function(
    _ message: Onnx__FunctionProto
  ) throws(ReadError) -> ONNXFunction {
    var function = ONNXFunction(
      unsafe text(message.name), domain: unsafe text(message.domain),
      overload: unsafe text(message.overload),
      inputs: unsafe (0..<message.n_input).map { unsafe text(message.input[$0]) },
      outputs: unsafe (0..<message.n_output).map { unsafe text(message.output[$0]) })
    for index in unsafe 0..<message.n_opset_import {
      let entry = unsafe message.opset_import[index]!.pointee
      function.operatorSets[unsafe text(entry.domain)] = Int(unsafe entry.version)
    }
    do {
      for index in unsafe 0..<message.n_node {
        function.nodes.append(try unsafe node(message.node[index]!.pointee))
      }
      for index in unsafe 0..<message.n_attribute_proto {
        function.defaults.append(
          try unsafe attribute(message.attribute_proto[index]!.pointee))
      }
    } catch {
      throw error.within(function.qualifiedName)
    }
    return function
  }

  @unsafe mutating func graph(_ message: Onnx__GraphProto) throws(ReadError) -> ONNXGraph {
    guard unsafe message.n_sparse_initializer == 0 else {
      throw ReadError(
        .onnxTensorType, "there are sparse initializers, which are not read",
        path: [unsafe text(message.name)], expected: "dense ones",
        found: "\(unsafe message.n_sparse_initializer)")
    }
    var graph = ONNXGraph(name: unsafe text(message.name))
    for index in unsafe 0..<message.n_node {
      graph.nodes.append(try unsafe node(message.node[index]!.pointee))
    }
    for index in unsafe 0..<message.n_initializer {
      do {
        graph.initializers.append(try unsafe tensor(message.initializer[index]!.pointee))
      } catch {
        guard error.code == .externalMissing else { throw error }
        // All that follow need it as well; one line says so.
        var error = error
        let count = unsafe (index..<message.n_initializer).count {
          unsafe message.initializer[$0]!.pointee.data_location == 1
        }
        error.what += count == 1 ? ", which one tensor needs" : ", which \(count) tensors need"
        throw error
      }
    }
    for index in unsafe 0..<message.n_input {
      graph.inputs.append(try unsafe value(message.input[index]!.pointee))
    }
    for index in unsafe 0..<message.n_output {
      graph.outputs.append(try unsafe value(message.output[index]!.pointee))
    }
    for index in unsafe 0..<message.n_value_info {
      graph.intermediates.append(try unsafe value(message.value_info[index]!.pointee))
    }
    return graph
  }

  @unsafe private mutating func node(_ message: Onnx__NodeProto) throws(ReadError) -> ONNXNode {
    var node = ONNXNode(
      unsafe text(message.op_type), domain: unsafe text(message.domain),
      name: unsafe text(message.name),
      inputs: unsafe (0..<message.n_input).map { unsafe text(message.input[$0]) },
      outputs: unsafe (0..<message.n_output).map { unsafe text(message.output[$0]) })
    if node.domain == "ai.onnx" { node.domain = "" }
    node.overload = unsafe text(message.overload)
    guard !node.operatorType.isEmpty else {
      throw ReadError(
        .onnxIncomplete, "a node has no operator", path: [node.label],
        advice: "check that the download or copy is complete")
    }
    do throws(ReadError) {
      var names: Set<String> = []
      for index in unsafe 0..<message.n_attribute {
        let attribute = try unsafe attribute(message.attribute[index]!.pointee)
        guard names.insert(attribute.name).inserted else {
          throw ReadError(
            .onnxAttribute, "an attribute is given twice", found: "'\(attribute.name)'",
            advice: "readers differ in which they take: export the model again")
        }
        node.attributes.append(attribute)
      }
    } catch {
      throw error.within(node.label)
    }
    return node
  }

  @unsafe private mutating func attribute(
    _ message: Onnx__AttributeProto
  ) throws(ReadError) -> ONNXAttribute {
    let name = unsafe text(message.name)
    if unsafe message.ref_attr_name != nil {
      return ONNXAttribute(name, .reference(unsafe text(message.ref_attr_name)))
    }
    // The type is stated from version 2 of the format on; before, it is what is there.
    let stated = Int(unsafe message.has_type != 0 ? message.type : 0)
    var kind = ONNXAttribute.Kind(rawValue: stated)
    if stated == 0 {
      let kinds: [(ONNXAttribute.Kind, Bool)] = unsafe [
        (.float, message.has_f != 0), (.integer, message.has_i != 0), (.string, message.has_s != 0),
        (.tensor, message.t != nil), (.graph, message.g != nil), (.floats, message.n_floats > 0),
        (.integers, message.n_ints > 0), (.strings, message.n_strings > 0),
        (.tensors, message.n_tensors > 0),
        (.graphs, message.n_graphs > 0),
      ]
      kind = kinds.first { $0.1 }?.0
    }
    let value: ONNXAttribute.Value
    switch kind {
    case .float: value = .float(unsafe message.f)
    case .integer: value = .integer(Int(unsafe message.i))
    case .string: value = .string(unsafe array(message.s))
    case .tensor:
      guard let tensor = unsafe message.t else { throw missing(name, "a tensor") }
      value = .tensor(try unsafe self.tensor(tensor.pointee))
    case .graph:
      guard let graph = unsafe message.g else { throw missing(name, "a graph") }
      value = .graph(try unsafe self.graph(graph.pointee))
    case .floats: value = .floats(unsafe (0..<message.n_floats).map { unsafe message.floats[$0] })
    case .integers:
      value = .integers(unsafe (0..<message.n_ints).map { unsafe Int(message.ints[$0]) })
    case .strings:
      value = .strings(unsafe (0..<message.n_strings).map { unsafe array(message.strings[$0]) })
    case .tensors:
      var tensors: [ONNXTensor] = []
      for index in unsafe 0..<message.n_tensors {
        tensors.append(try unsafe tensor(message.tensors[index]!.pointee))
      }
      value = .tensors(tensors)
    case .graphs:
      var graphs: [ONNXGraph] = []
      for index in unsafe 0..<message.n_graphs {
        graphs.append(try unsafe graph(message.graphs[index]!.pointee))
      }
      value = .graphs(graphs)
    case nil: value = .unread("type \(stated)")
    }
    return ONNXAttribute(name, value)
  }

  private func missing(_ name: String, _ expected: String) -> ReadError {
    ReadError(
      .onnxIncomplete, "the attribute '\(name)' is empty", expected: expected,
      advice: "check that the download or copy is complete")
  }

  @unsafe private func value(_ message: Onnx__ValueInfoProto) throws(ReadError) -> ONNXValue {
    var value = ONNXValue(unsafe text(message.name))
    guard let type = unsafe message.type else { return value }
    guard let tensor = unsafe type.pointee.tensor_type?.pointee else {
      value.isOther = true
      return value
    }
    value.dataType = ONNXDataType(rawValue: Int(unsafe tensor.elem_type))
    if let shape = unsafe tensor.shape?.pointee {
      value.shape = unsafe (0..<shape.n_dim).map { index in
        let dimension = unsafe shape.dim[index]!.pointee
        if unsafe dimension.has_dim_value != 0 { return .count(Int(unsafe dimension.dim_value)) }
        let name = unsafe text(dimension.dim_param)
        return name.isEmpty ? .unknown : .symbol(name)
      }
    }
    return value
  }

  @unsafe mutating func tensor(_ message: Onnx__TensorProto) throws(ReadError) -> ONNXTensor {
    let name = unsafe text(message.name)
    do {
      return try unsafe content(message, name)
    } catch {
      throw name.isEmpty || error.path.first == name ? error : error.within(name)
    }
  }

  @unsafe private mutating func content(
    _ message: Onnx__TensorProto, _ name: String
  ) throws(ReadError) -> ONNXTensor {
    guard let dataType = ONNXDataType(rawValue: Int(unsafe message.data_type)) else {
      throw ReadError(
        .onnxTensorType, "the tensor's type is unknown", expected: "1 to 26",
        found: "\(unsafe message.data_type)")
    }
    guard unsafe message.segment == nil else {
      throw ReadError(.onnxTensorType, "the tensor is a segment of another, which is not read")
    }
    let shape = unsafe (0..<message.n_dims).map { unsafe Int(message.dims[$0]) }
    let elementCount = try ONNXTensor.elementCount(of: shape)
    let isExternal = unsafe message.data_location == 1
    let counts = unsafe [
      message.n_float_data, message.n_int32_data, message.n_string_data, message.n_int64_data,
      message.n_double_data, message.n_uint64_data,
    ]
    let sourceCount =
      unsafe counts.count { $0 > 0 } + (message.has_raw_data != 0 ? 1 : 0) + (isExternal ? 1 : 0)
    guard sourceCount <= 1 else {
      throw ReadError(
        .onnxTensorSize, "the tensor's data are there more than once", expected: "one place",
        found: "\(sourceCount)")
    }
    if isExternal {
      return try ONNXTensor(
        name: name, dataType: dataType, shape: shape,
        bytes: try unsafe externalBytes(message, dataType, shape))
    }
    if unsafe message.has_raw_data != 0 {
      guard dataType != .string else {
        throw ReadError(.onnxTensorSize, "strings are kept as raw data", expected: "string_data")
      }
      let place = unsafe array(message.raw_data)
      let numbers = [0, 8].map { start in
        (0..<8).reduce(0) { $0 | Int(place[start + $1]) << (8 * $1) }
      }
      return try ONNXTensor(
        name: name, dataType: dataType, shape: shape,
        bytes: self.bytes[numbers[0]..<(numbers[0] + numbers[1])])
    }
    func require(_ count: Int, _ field: String, _ expected: Int) throws(ReadError) {
      guard count == expected else {
        throw ReadError(
          .onnxTensorSize, "the tensor's data do not fit its shape",
          expected: "\(expected) numbers in '\(field)' for \(shape) of \(dataType)",
          found: "\(count)")
      }
    }
    let bytes: Bytes
    switch dataType {
    case .string:
      try require(counts[2], "string_data", elementCount)
      return try ONNXTensor(
        name: name, shape: shape,
        strings: (0..<counts[2]).map { unsafe array(message.string_data[$0]) })
    case .float, .complex64:
      try require(counts[0], "float_data", dataType == .float ? elementCount : 2 * elementCount)
      bytes = Bytes(
        copyingElements: (0..<counts[0]).map { unsafe message.float_data[$0] })
    case .double, .complex128:
      try require(counts[4], "double_data", dataType == .double ? elementCount : 2 * elementCount)
      bytes = Bytes(
        copyingElements: (0..<counts[4]).map { unsafe message.double_data[$0] })
    case .int64:
      try require(counts[3], "int64_data", elementCount)
      bytes = Bytes(
        copyingElements: (0..<counts[3]).map { unsafe message.int64_data[$0] })
    case .uint64, .uint32:
      try require(counts[5], "uint64_data", elementCount)
      let numbers = (0..<counts[5]).map { unsafe message.uint64_data[$0] }
      bytes =
        dataType == .uint64
        ? Bytes(copyingElements: numbers)
        : Bytes(copyingElements: numbers.map { UInt32(truncatingIfNeeded: $0) })
    default:
      // Everything of up to 32 bits; of less than 8, a number holds a byte of them.
      let byteCount = try ONNXTensor.byteCount(of: dataType, shape: shape)
      let width = max((dataType.bitCount ?? 8) / 8, 1)
      try require(counts[1], "int32_data", byteCount / width)
      let numbers = (0..<counts[1]).map { unsafe message.int32_data[$0] }
      switch width {
      case 1: bytes = Bytes(copying: numbers.map { UInt8(truncatingIfNeeded: $0) })
      case 2: bytes = Bytes(copyingElements: numbers.map { UInt16(truncatingIfNeeded: $0) })
      default: bytes = Bytes(copyingElements: numbers)
      }
    }
    return try ONNXTensor(name: name, dataType: dataType, shape: shape, bytes: bytes)
  }

  /// The part of another file that holds a tensor's elements.
  @unsafe private mutating func externalBytes(
    _ message: Onnx__TensorProto, _ dataType: ONNXDataType, _ shape: [Int]
  ) throws(ReadError) -> Bytes {
    var entries: [String: String] = [:]
    for index in unsafe 0..<message.n_external_data {
      let entry = unsafe message.external_data[index]!.pointee
      let key = unsafe text(entry.key)
      let isNew =
        unsafe entries.updateValue(
          String(decoding: array(entry.value), as: UTF8.self), forKey: key) == nil
      guard isNew else {
        throw ReadError(
          .onnxDuplicateField, "the external data state '\(key)' twice", expected: "once")
      }
    }
    unknownKeys.formUnion(Set(entries.keys).subtracting(ProtoReader.externalKeys))
    guard let stated = entries["location"] else {
      throw ReadError(.onnxIncomplete, "the external data have no location")
    }
    let location = ProtoReader.withoutDots(stated)
    func number(_ key: String) throws(ReadError) -> Int? {
      guard let text = entries[key] else { return nil }
      guard text.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(text) else {
        throw ReadError(
          .externalRange, "the '\(key)' of external data is no number", expected: "digits",
          found: "'\(text)'")
      }
      return number
    }
    let byteCount = try ONNXTensor.byteCount(of: dataType, shape: shape)
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? byteCount
    if externalFiles[location] == nil {
      externalFiles[location] = try MappedFile(
        at: location, beside: path, allowsHardLinks: options.allowsHardLinks)
    }
    let bytes = externalFiles[location]!.bytes
    guard length == byteCount, let end = offset.adding(exactly: length), end <= bytes.count else {
      throw ReadError(
        .externalRange, "the external data do not fit the tensor", path: [location],
        expected: "\(byteCount) bytes within the file's \(bytes.count)",
        found: "\(length) bytes from \(offset) on")
    }
    if length > 0 { parts.append(Part(location: location, range: offset..<end)) }
    return bytes[offset..<end]
  }

  /// A location without the parts that stay where they are: `./a` is `a`. What is no plain relative
  /// path stays as it is, to be refused by that name.
  private static func withoutDots(_ location: String) -> String {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let kept = parts.filter { $0 != "." }
    return kept.isEmpty || kept.first == "" ? location : kept.joined(separator: "/")
  }

  /// A text that the walk over the encoding has found to be UTF-8 without NUL; empty for none.
  @unsafe private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    guard let pointer = unsafe pointer else { return "" }
    return unsafe String(cString: pointer)
  }

  @unsafe private func array(_ data: ProtobufCBinaryData) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }
}
