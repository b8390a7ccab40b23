internal import BinaryInput
internal import TensorData

/// Why a tensor cannot be read.
enum UnsupportedTensor: Hashable, Sendable {
  /// Its elements are of that type.
  case element(String)
  /// It is no plain tensor but is rebuilt by that function.
  case rebuilt(by: String)
  /// It has a shape but no data.
  case meta
  /// Its numbers are to be negated or conjugated before they are used.
  case pending
  /// It has more axes than any tensor.
  case rank(Int)
  /// It holds rounded integers, scales beside them; a class, a function or a name says so.
  case quantized(String)
  /// It is one machine's part of a tensor that is spread over several; a class or a name says so.
  case sharded(String)
  /// It is an array of Python objects, or of a type that has parts.
  case objects(String)
  /// Taking it to its device would have changed the type of its elements.
  case converted(from: String, to: String)
  /// The bytes of an array are spelt in a way that is not read.
  case spelling
}

extension UnsupportedTensor {
  /// What instances of a class are, where the class is known for it.
  init?(className name: String) {
    guard let kind = UnsupportedTensor.classes.first(where: { name.hasPrefix($0.prefix) }),
      kind.suffixes.contains(where: { name.hasSuffix($0) })
    else { return nil }
    self = kind.reason(name)
  }

  /// What a tensor of this name is, where the name is known for it.
  init?(tensorName name: String) {
    guard let kind = UnsupportedTensor.names.first(where: { name.hasSuffix($0.suffix) }) else {
      return nil
    }
    self = kind.reason(name)
  }

  /// What the weights of layers of this class are, where the class is known for it.
  init?(layerName name: String) {
    guard name.hasPrefix("torch."), name.contains(".quantized.") else { return nil }
    self = .quantized(name)
  }

  private typealias Reason = @Sendable (String) -> UnsupportedTensor

  /// The beginnings and endings of the names of classes of tensors.
  private static let classes: [(prefix: String, suffixes: [String], reason: Reason)] = [
    ("torch.distributed.", ["DTensor", "ShardedTensor"], { .sharded($0) }),
    ("torchao.", ["Tensor"], { .quantized($0) }),
    ("bitsandbytes.", ["Params4bit", "Int8Params"], { .quantized($0) }),
    ("quanto.", ["Tensor"], { .quantized($0) }),
    ("optimum.quanto.", ["Tensor"], { .quantized($0) }),
  ]

  /// The endings of names that only such state dicts have.
  private static let names: [(suffix: String, reason: Reason)] = [
    ("_packed_params._packed_params", { .quantized($0) }),
    (".quant_state.bitsandbytes__nf4", { .quantized($0) }),
    (".quant_state.bitsandbytes__fp4", { .quantized($0) }),
    (".SCB", { .quantized($0) }),
    (".qweight", { .quantized($0) }),
    (".qzeros", { .quantized($0) }),
    ("_flat_param", { .sharded($0) }),
    (".flat_param", { .sharded($0) }),
    ("flat_param_0", { .sharded($0) }),
  ]
}

extension ReadError {
  init(_ reason: UnsupportedTensor, at offset: Int?) {
    switch reason {
    case .element(let name):
      self.init(
        .tensorElementType, "elements of type \(name) are not supported", offset: offset,
        expected:
          "floating-point numbers of 8 to 64 bits, pairs of such of 32 or 64, integers or bool",
        found: name, advice: "convert the tensor before saving it")
    case .rebuilt(let function):
      self.init(
        .tensorLayout, "only plain tensors are supported", offset: offset,
        found: "one that \(function) rebuilds",
        advice: "convert the tensor to a dense one before saving it")
    case .meta:
      self.init(
        .tensorLayout, "the tensor has a shape but no data (device 'meta')", offset: offset,
        advice: "save the state dict after the weights were loaded")
    case .pending:
      self.init(
        .tensorLayout, "the tensor is a view whose numbers are yet to be negated", offset: offset,
        advice: "save it after tensor.resolve_neg().resolve_conj()")
    case .rank(let count):
      self.init(
        .tensorShape, "too many axes", offset: offset,
        expected: "at most \(Tensor.maximumRank)", found: "\(count)")
    case .quantized(let name):
      self.init(
        .tensorLayout, "the model is quantized: its weights are rounded integers", offset: offset,
        expected: "weights in floating point", found: name,
        advice: "give the model from before it was quantized, in Python: "
          + "torch.save(float_model.state_dict(), \"model.pth\")")
    case .sharded(let name):
      self.init(
        .tensorLayout, "this is one machine's part of a tensor that is spread over several",
        offset: offset, found: name,
        advice: "gather it where the model was trained, in Python: "
          + "torch.save({k: v.full_tensor() if hasattr(v, \"full_tensor\") else v "
          + "for k, v in model.state_dict().items()}, \"model.pth\")")
    case .objects(let type):
      self.init(
        .tensorElementType, "an array of Python objects holds no numbers that could be read",
        offset: offset, expected: "an array of one type of numbers", found: type,
        advice: "in Python: array.astype(\"float32\") before saving it")
    case .converted(let source, let target):
      self.init(
        .tensorLayout, "loading the tensor would change the type of its elements",
        offset: offset, expected: source, found: target,
        advice: "in Python: tensor.cpu() before saving it")
    case .spelling:
      self.init(
        .tensorLayout, "the bytes of an array are spelt in a way that is not read",
        offset: offset, advice: "in Python: torch.from_numpy(array) before saving it")
    }
  }
}
