internal import BinaryInput
internal import TensorData

/// The record `data.pkl` of a state dict that is written, and the storages that it refers to.
struct StateDictPickle {
  /// The record.
  private(set) var bytes: [UInt8] = []
  /// The tensors that have a storage of their own, in the order of their storages.
  private(set) var storages: [DeferredTensor] = []

  /// Describes tensors as PyTorch 2.13 does under CPython 3.11.
  ///
  /// - Throws: `pth.unwritable` for a name that is empty or too long, or names of too many parts.
  init(_ tensors: [DeferredTensor]) throws(ReadError) {
    for tensor in tensors {
      let byteCount = tensor.name.utf8.count
      guard (1...PickleLimits.nameByteCount).contains(byteCount) else {
        throw ReadError(
          .torchUnwritable, "a tensor's name is empty or too long",
          path: [tensor.name.escapedForDisplay(limit: 100)],
          expected: "1 to \(PickleLimits.nameByteCount) bytes", found: "\(byteCount)",
          advice: "rename it, or write another format")
      }
    }
    let modules = try ModuleVersions(tensors.map(\.name)).modules
    var indices: [String: Int] = [:]
    var views: [(tensor: DeferredTensor, storage: Int)] = []
    for tensor in tensors {
      let storage: Int
      if let original = tensor.original {
        guard let known = indices[original] else {
          preconditionFailure("the tensor whose memory is shared comes before")
        }
        storage = known
      } else {
        storage = storages.count
        storages.append(tensor)
      }
      indices[tensor.name] = storage
      views.append((tensor, storage))
    }
    var writer = PickleWriter()
    writer.writeOrderedDictionary()
    writer.writeItems(views) { writer, view in
      // An attribute of the outermost module is spelt as the program spells it.
      writer.write(
        text: view.tensor.name, isShared: !view.tensor.name.utf8.contains(UInt8(ascii: ".")))
      writer.write(view.tensor, storage: view.storage)
    }
    writer.write(modules)
    writer.write(.stop)
    bytes = writer.bytes
  }
}

extension PickleWriter {
  /// The call that rebuilds a tensor that is contiguous and begins with its storage.
  fileprivate mutating func write(_ tensor: DeferredTensor, storage: Int) {
    let type = TorchElement.Spelling(tensor.elementType)
    let elementCount = tensor.byteCount / tensor.elementType.byteCount
    write(global: type.rebuildingFunction, of: "torch._utils")
    write(.mark)
    write(.mark)
    write(text: "storage", isShared: true)
    write(global: type.storageClass, of: type.storageModule)
    write(storageName: storage)
    write(text: "cpu", isShared: true)
    write(integer: type.dtype == nil ? elementCount : tensor.byteCount)
    write(.tuple)
    memoize()
    write(.persistentID)
    write(integer: 0)
    write(tuple: tensor.shape)
    write(tuple: Tensor.contiguousStrides(of: tensor.shape))
    // It needs no gradient, and has no hooks.
    write(.newFalse)
    writeOrderedDictionary()
    if let dtype = type.dtype { write(global: dtype, of: "torch") }
    write(.tuple)
    memoize()
    write(.reduce)
    memoize()
  }

  /// The attributes of the dictionary of tensors.
  fileprivate mutating func write(_ modules: [(path: String, version: Int)]) {
    write(.emptyDictionary)
    memoize()
    write(text: "_metadata", isShared: true)
    writeOrderedDictionary()
    writeItems(modules) { writer, module in
      writer.write(text: module.path)
      writer.write(.emptyDictionary)
      writer.memoize()
      writer.write(text: "version", isShared: true)
      writer.write(integer: module.version)
      writer.write(.setItem)
    }
    write(.setItem)
    write(.build)
  }
}

extension TorchElement {
  /// How PyTorch spells tensors of a type.
  fileprivate struct Spelling {
    let rebuildingFunction: String
    let storageModule: String
    let storageClass: String
    /// What states the type beside a storage of bytes; nil where the class of the storage does.
    let dtype: String?

    init(_ type: ElementType) {
      if let known = PickleGlobal.storageClasses.first(where: { $0.element.type == type }) {
        rebuildingFunction = "_rebuild_tensor_v2"
        storageModule = "torch"
        storageClass = "\(known.name)Storage"
        dtype = nil
      } else {
        guard let element = PickleGlobal.typesOverBytes.first(where: { $0.type == type }) else {
          preconditionFailure("PyTorch has every type that tensors have")
        }
        rebuildingFunction = "_rebuild_tensor_v3"
        storageModule = "torch.storage"
        storageClass = "UntypedStorage"
        dtype = element.name
      }
    }
  }
}
