internal import TensorData

/// A class or function that a pickle may refer to. None is ever called: each stands for what it
/// would have built, or for nothing.
struct PickleGlobal: Hashable, Sendable {
  /// What it means here.
  enum Meaning: Hashable, Sendable {
    /// Rebuilds a tensor from a storage; the number is the version of the function.
    case rebuildTensor(version: Int)
    /// Wraps a tensor into a parameter.
    case rebuildParameter
    /// Rebuilds a tensor by another function and gives it attributes.
    case rebuildFromType
    /// Rebuilds a tensor of a kind that is not supported.
    case rebuildUnsupported
    /// A kind of dictionary.
    case dictionary
    /// A kind of list.
    case list
    /// A kind of tuple.
    case tuple
    /// A kind of set.
    case set
    /// Bytes, or what makes bytes of a text.
    case bytes
    /// The class of a storage.
    case storage(TorchElement)
    /// An element type.
    case elementType(TorchElement)
    /// A class whose instances are kept as they are and never looked at.
    case inert
  }

  /// Module and name, joined by a dot.
  let name: String
  let meaning: Meaning

  /// Finds a global by the names in the pickle; nil for one that is not on the list.
  init?(module: String, name: String) {
    // Python 3 finds the modules of Python 2 under these names.
    let module = ["__builtin__": "builtins", "copy_reg": "copyreg"][module] ?? module
    // A dot in the name would reach into another object.
    guard !name.contains(".") else { return nil }
    self.name = "\(module).\(name)"
    guard let meaning = PickleGlobal.meanings[self.name] else { return nil }
    self.meaning = meaning
  }

  /// A class or function of which nothing is known and nothing is wanted.
  init(unknown module: String, name: String) {
    self.name = "\(module).\(name)"
    meaning = .inert
  }

  private static let meanings: [String: Meaning] = {
    var table: [String: Meaning] = [
      "torch._utils._rebuild_tensor": .rebuildTensor(version: 1),
      "torch._utils._rebuild_tensor_v2": .rebuildTensor(version: 2),
      "torch._utils._rebuild_tensor_v3": .rebuildTensor(version: 3),
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch.tensor._rebuild_from_type_v2": .rebuildFromType,
      "collections.OrderedDict": .dictionary, "collections.Counter": .dictionary,
      "collections.defaultdict": .dictionary, "builtins.dict": .dictionary,
      "collections.deque": .list, "builtins.list": .list,
      "torch.Size": .tuple, "builtins.tuple": .tuple,
      "builtins.set": .set, "builtins.frozenset": .set,
      "_codecs.encode": .bytes, "builtins.bytearray": .bytes, "builtins.bytes": .bytes,
      "torch.storage.UntypedStorage": .storage(TorchElement("bytes", .u8, isUntyped: true)),
    ]
    for name in [
      "qtensor", "sparse_tensor", "sparse_csr_tensor", "nested_tensor",
      "meta_tensor_no_storage", "wrapper_subclass", "device_tensor_from_numpy",
      "device_tensor_from_cpu_tensor",
    ] {
      table["torch._utils._rebuild_\(name)"] = .rebuildUnsupported
    }
    for (name, element) in storageClasses {
      // Old checkpoints name the class of the device that they were written on.
      table["torch.\(name)Storage"] = .storage(element)
      table["torch.cuda.\(name)Storage"] = .storage(element)
    }
    for element in elementTypes { table["torch.\(element.name)"] = .elementType(element) }
    for name in inertClasses { table[name] = .inert }
    return table
  }()

  private static let storageClasses: [(String, TorchElement)] = [
    ("Double", TorchElement("float64", .f64)), ("Float", TorchElement("float32", .f32)),
    ("Half", TorchElement("float16", .f16)), ("BFloat16", TorchElement("bfloat16", .bf16)),
    ("Long", TorchElement("int64", .i64)), ("Int", TorchElement("int32", .i32)),
    ("Short", TorchElement("int16", .i16)), ("Char", TorchElement("int8", .i8)),
    ("Byte", TorchElement("uint8", .u8)), ("Bool", TorchElement("bool", .bool)),
    ("ComplexDouble", TorchElement("complex128", nil)),
    ("ComplexFloat", TorchElement("complex64", nil)), ("QInt8", TorchElement("qint8", nil)),
    ("QInt32", TorchElement("qint32", nil)), ("QUInt8", TorchElement("quint8", nil)),
    ("QUInt4x2", TorchElement("quint4x2", nil)), ("QUInt2x4", TorchElement("quint2x4", nil)),
  ]

  private static let elementTypes: [TorchElement] =
    storageClasses.map(\.1)
    + [
      "uint16", "uint32", "uint64", "complex32", "float8_e5m2", "float8_e4m3fn",
      "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "bits1x8",
      "bits2x4", "bits4x2", "bits8", "bits16",
    ].map { TorchElement($0, nil) }

  /// What training checkpoints carry beside their tensors.
  private static let inertClasses = [
    "argparse.Namespace", "types.SimpleNamespace",
    "torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.device",
    "torch.serialization._get_layout", "torch.torch_version.TorchVersion",
    "torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.contiguous_format",
    "torch.channels_last", "torch.preserve_format", "torch.per_tensor_affine",
    "torch.per_tensor_symmetric", "torch.per_channel_affine", "torch.per_channel_symmetric",
    "torch.per_channel_affine_float_qparams",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
    "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
    "numpy.dtype", "numpy.ndarray", "numpy.dtypes.Float64DType", "numpy.dtypes.Float32DType",
    "numpy.dtypes.Int64DType",
    "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
    "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta",
    "datetime.timezone", "copyreg._reconstructor", "uuid.UUID", "decimal.Decimal",
    "fractions.Fraction", "builtins.complex", "builtins.int", "builtins.float", "builtins.str",
    "builtins.bool", "builtins.object", "builtins.slice", "builtins.range", "typing.Any",
    "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.nodes.AnyNode",
    "omegaconf.nodes.IntegerNode", "omegaconf.nodes.FloatNode", "omegaconf.nodes.StringNode",
    "omegaconf.nodes.BooleanNode",
  ]
}
