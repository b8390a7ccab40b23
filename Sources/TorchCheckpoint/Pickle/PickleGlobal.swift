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
    /// Makes an array of NumPy's that its state fills.
    case makeArray
    /// Makes an array of NumPy's over bytes.
    case arrayOverBytes
    /// Takes a tensor, or an array, to another device.
    case moveToDevice
    /// Makes an object without calling its class.
    case makeObject
    /// Takes an attribute of an object: a method, or a class inside a class.
    case takeAttribute
    /// Rebuilds a module from its attributes and the text of its code.
    case rebuildModule
    /// A class whose instances are kept as they are, also where it is called.
    case inert
    /// A class or function of somebody else's, kept as a name. Instances that are made without
    /// calling it are kept; a call is none of what data need.
    case named
    /// A class whose instances stand for a tensor that cannot be read.
    case unreadable(UnsupportedTensor)
  }

  /// Module and name, joined by a dot.
  let name: String
  let meaning: Meaning

  /// Finds a global by the names in the pickle; nil for one that is not on the list.
  init?(module: String, name: String) {
    // Python 3 finds the modules of Python 2 under these names.
    let module = ["__builtin__": "builtins", "copy_reg": "copyreg"][module] ?? module
    // A dot in the name reaches into another object, which only a class of somebody else's may be.
    guard !name.contains(".") || PythonModules.mayNameInside(module, name) else { return nil }
    self.name = "\(module).\(name)"
    if let meaning = PickleGlobal.meanings[self.name] {
      self.meaning = meaning
    } else {
      guard PythonModules.mayName(module, name) else { return nil }
      meaning = UnsupportedTensor(className: self.name).map { .unreadable($0) } ?? .named
    }
  }

  /// A class or function of which nothing is known and nothing is wanted.
  init(unknown module: String, name: String) {
    self.name = "\(module).\(name)"
    meaning = .inert
  }

  /// A class inside a class of somebody else's; nil for what is no name, or one of Python's own.
  func member(_ name: String) -> PickleGlobal? {
    guard meaning == .named, !name.hasPrefix("_"), PythonModules.isIdentifier(name[...]) else {
      return nil
    }
    return PickleGlobal(name: "\(self.name).\(name)", meaning: .named)
  }

  private init(name: String, meaning: Meaning) {
    self.name = name
    self.meaning = meaning
  }

  /// Whether instances are kept without asking what the class does.
  var isInert: Bool { meaning == .inert || meaning == .named }

  private static let meanings: [String: Meaning] = {
    var table: [String: Meaning] = [
      "torch._utils._rebuild_tensor": .rebuildTensor(version: 1),
      "torch._utils._rebuild_tensor_v2": .rebuildTensor(version: 2),
      "torch._utils._rebuild_tensor_v3": .rebuildTensor(version: 3),
      // Huawei's processors: the last argument is how they kept the tensor.
      "torch_npu.utils.storage._rebuild_npu_tensor": .rebuildTensor(version: 2),
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
      "torch._utils._rebuild_device_tensor_from_numpy": .moveToDevice,
      "torch._utils._rebuild_device_tensor_from_cpu_tensor": .moveToDevice,
      "torch._utils._rebuild_xla_tensor": .moveToDevice,
      "torch._utils._rebuild_qtensor": .unreadable(.quantized("torch._utils._rebuild_qtensor")),
      "torch._utils._rebuild_meta_tensor_no_storage": .unreadable(.meta),
      "torch._utils._rebuild_wrapper_subclass": .unreadable(
        .rebuilt(by: "torch._utils._rebuild_wrapper_subclass")),
      "torch.nn.parameter.UninitializedParameter": .unreadable(.meta),
      "torch.nn.parameter.UninitializedBuffer": .unreadable(.meta),
      "builtins.getattr": .takeAttribute,
      "torch.fx.graph_module.reduce_graph_module": .rebuildModule,
      "torch.fx.graph_module.reduce_package_graph_module": .rebuildModule,
      "torch._tensor._rebuild_from_type": .rebuildFromType,
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
    for name in ["sparse_tensor", "sparse_csr_tensor", "nested_tensor"] {
      let function = "torch._utils._rebuild_\(name)"
      table[function] = .unreadable(.rebuilt(by: function))
    }
    // NumPy 2 has its functions in another place.
    for package in ["numpy.core", "numpy._core"] {
      table["\(package).multiarray._reconstruct"] = .makeArray
      table["\(package).numeric._frombuffer"] = .arrayOverBytes
    }
    for name in ["_reconstructor", "__newobj__", "__newobj_ex__"] {
      table["copyreg.\(name)"] = .makeObject
    }
    for (name, element) in storageClasses {
      // Old checkpoints name the class of the device that they were written on.
      table["torch.\(name)Storage"] = .storage(element)
      table["torch.cuda.\(name)Storage"] = .storage(element)
    }
    for element in elementTypes { table["torch.\(element.name)"] = .elementType(element) }
    for name in inertClasses { table[name] = .inert }
    for name in referredFunctions { table[name] = .named }
    return table
  }()

  /// The classes of storages that know the type of their elements, without `Storage` behind each.
  static let storageClasses: [(name: String, element: TorchElement)] = [
    ("Double", TorchElement("float64", .f64)), ("Float", TorchElement("float32", .f32)),
    ("Half", TorchElement("float16", .f16)), ("BFloat16", TorchElement("bfloat16", .bf16)),
    ("Long", TorchElement("int64", .i64)), ("Int", TorchElement("int32", .i32)),
    ("Short", TorchElement("int16", .i16)), ("Char", TorchElement("int8", .i8)),
    ("Byte", TorchElement("uint8", .u8)), ("Bool", TorchElement("bool", .bool)),
    ("ComplexDouble", TorchElement("complex128", .c128)),
    ("ComplexFloat", TorchElement("complex64", .c64)),
    ("QInt8", TorchElement("qint8", nil, byteCount: 1)),
    ("QInt32", TorchElement("qint32", nil, byteCount: 4)),
    ("QUInt8", TorchElement("quint8", nil, byteCount: 1)),
    ("QUInt4x2", TorchElement("quint4x2", nil)), ("QUInt2x4", TorchElement("quint2x4", nil)),
  ]

  /// The element types that have no class of storages.
  static let typesOverBytes: [TorchElement] =
    [
      TorchElement("uint16", .u16), TorchElement("uint32", .u32), TorchElement("uint64", .u64),
      TorchElement("float8_e4m3fn", .f8e4m3fn), TorchElement("float8_e5m2", .f8e5m2),
      TorchElement("float8_e4m3fnuz", .f8e4m3fnuz), TorchElement("float8_e5m2fnuz", .f8e5m2fnuz),
      TorchElement("float8_e8m0fnu", .f8e8m0fnu),
    ]
    + [
      "complex32", "float4_e2m1fn_x2", "bits1x8", "bits2x4", "bits4x2", "bits8", "bits16",
    ].map { TorchElement($0, nil) }

  private static let elementTypes = storageClasses.map(\.element) + typesOverBytes

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
    "numpy.dtype", "numpy.ndarray", "numpy.dtypes.Float64DType", "numpy.dtypes.Float32DType",
    "numpy.dtypes.Int64DType", "numpy.random._pickle.__randomstate_ctor",
    "numpy.random._pickle.__generator_ctor", "numpy.random._pickle.__bit_generator_ctor",
    "numpy.random._mt19937.MT19937", "numpy.random._pcg64.PCG64",
    "numpy.random._pcg64.PCG64DXSM", "numpy.random._philox.Philox", "numpy.random._sfc64.SFC64",
    "numpy.random.bit_generator.SeedSequence",
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
    "numpy.ma.core._mareconstruct", "torch.Generator", "torch._C.Generator", "functools.partial",
    "builtins.long", "random.Random",
    // What every module of the first versions refers to.
    "torch.nn.backends.thnn._get_thnn_function_backend",
    "re._compile",
    // A compiled module, made of the module and of what it keeps beside that.
    "torch._dynamo.eval_frame.OptimizedModule", "torch._dynamo.eval_frame.OptimizeContext",
    "torch._dynamo.eval_frame.RunOnlyContext",
    "torch._dynamo.eval_frame.DisableContext",
    "operator.attrgetter", "operator.itemgetter",
    // Kinds of a list of names, each made by calling its class with the name.
    "torchvision.transforms.functional.InterpolationMode",
    "torchvision.transforms.functional_pil.InterpolationMode",
    "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
    "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta",
    "datetime.timezone", "uuid.UUID", "decimal.Decimal",
    "fractions.Fraction", "builtins.complex", "builtins.int", "builtins.float", "builtins.str",
    "builtins.bool", "builtins.object", "builtins.slice", "builtins.range", "builtins.xrange",
    "builtins.Ellipsis",
    "builtins.NotImplemented", "logging.getLogger", "contextlib.nullcontext", "typing.Any",
    "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.nodes.AnyNode",
    "omegaconf.nodes.IntegerNode", "omegaconf.nodes.FloatNode", "omegaconf.nodes.StringNode",
    "omegaconf.nodes.BooleanNode",
  ]

  /// Functions and classes that modules keep a reference to and that are never called here.
  private static let referredFunctions = [
    // What PyTorch keeps the packed weights of quantized layers in.
    "torch.ScriptObject", "torch._C.ScriptObject",
    // What PyTorch's own functions are attributes of.
    "torch._C._VariableFunctionsClass", "torch._C.TensorBase", "torch._C._TensorBase",
    "torch._TorchCompileInductorWrapper", "torch._TorchCompileWrapper", "numpy.matrix",
    "numpy.matrixlib.defmatrix.matrix", "numpy.memmap", "numpy.ma.core.MaskedArray",
    "numpy.ma.MaskedArray",
    "numpy.float32",
    "numpy.float64", "numpy.int64", "numpy.bool_",
    "torch.relu", "torch.sigmoid", "torch.tanh", "torch.add", "torch.mul", "torch.cat",
    "torch.sum", "torch.mean", "torch.flatten", "torch.softmax", "torch.clamp", "torch.exp",
    "_operator.add", "_operator.mul", "_operator.iadd", "_operator.getitem", "operator.add",
    "operator.mul", "math.ceil", "math.floor", "math.sqrt", "math.log", "math.log2",
    "typing.Union", "typing.Optional", "typing.List", "typing.Dict", "typing.Tuple",
    "collections.abc.Callable", "builtins.type", "builtins.len", "builtins.max", "builtins.min",
    "builtins.sum", "builtins.round", "builtins.abs",
  ]
}
