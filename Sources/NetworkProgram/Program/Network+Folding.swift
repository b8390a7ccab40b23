public import BinaryInput
public import TensorData

/// A parameter of a network in one of its forms, made when it is asked for.
public struct DeferredParameter: Sendable {
  /// Its place.
  public let slot: ParameterSlot
  /// The full name: `network.stage: 1 layer3.conv.weight`.
  public let name: String
  /// The type of the elements.
  public let elementType: ElementType
  /// The shape.
  public let shape: [Int]

  fileprivate let content: Content

  fileprivate enum Content: Sendable {
    /// The source's tensor as it is.
    case unchanged(Tensor)
    /// A kernel whose rows are multiplied by a scale each.
    case scaled(Tensor, scale: @Sendable () throws(ReadError) -> [Double])
    /// One element for each output channel.
    case computed(@Sendable () throws(ReadError) -> [Double])

    /// The type that it can be had in without another rounding; nil for numbers of 64 bits.
    var elementType: ElementType? {
      switch self {
      case .unchanged(let tensor), .scaled(let tensor, _): tensor.elementType
      case .computed: nil
      }
    }
  }

  /// About how many bytes are made at once; so few that they stay in a processor's cache.
  private static let partByteCount = 1 << 20

  /// The number of bytes of the elements, written contiguously in this order, padding included.
  ///
  /// - Precondition: There is an axis, or the order is row-major.
  public func byteCount(in layout: TensorLayout) -> Int {
    guard let elementCount = layout.elementCount(of: shape) else {
      preconditionFailure("a parameter of the shape \(shape) is not kept \(layout.rawValue)")
    }
    return elementCount * elementType.byteCount
  }

  /// The same parameter with its elements rounded to another type: once, from what they are in the
  /// source, or from the 64 bits in which one that is folded is computed.
  ///
  /// - Precondition: Both types are floating-point types, or they are equal.
  public func converted(to elementType: ElementType) -> DeferredParameter {
    precondition(
      elementType == self.elementType
        || elementType.isFloatingPoint && self.elementType.isFloatingPoint,
      "only floating-point parameters are converted")
    return DeferredParameter(
      slot: slot, name: name, elementType: elementType, shape: shape, content: content)
  }

  /// The tensor; one that is folded or converted is computed in memory of its own.
  ///
  /// - Throws: `network.parameter` where a variance is negative or not finite; `io.memory`.
  /// - Complexity: O(*n*) in the number of elements for a folded or converted parameter, else O(1).
  public func tensor() throws(ReadError) -> Tensor {
    switch content {
    case .unchanged(let tensor): return try tensor.converted(to: elementType)
    case .computed(let make): return Tensor(rounding: try make(), to: elementType, shape: shape)
    case .scaled(let kernel, let scale):
      let rows = try kernel.rows()
      return try Tensor(
        elementType: elementType, shape: shape,
        storage: try bytes(
          of: rows, 0..<rows.count, in: .rowMajor, multipliedBy: try scale()))
    }
  }

  /// Hands the elements' bytes to `body`, part by part in this order; pages of a mapped source are
  /// let go of once they have been used.
  ///
  /// - Precondition: There is an axis, or the order is row-major.
  /// - Throws: What `body` throws; `network.parameter` and `io.memory` as ``tensor()``.
  /// - Complexity: O(*n*) in the number of bytes.
  public func forEachPart(
    in layout: TensorLayout, _ body: (Bytes) throws(ReadError) -> Void
  ) throws(ReadError) {
    switch content {
    case .unchanged(let tensor):
      try forEachPart(of: tensor, in: layout, multipliedBy: nil, body)
    case .computed(let make):
      let tensor = Tensor(rounding: try make(), to: elementType, shape: shape)
      let rows = try tensor.rows()
      try body(try rows.bytes(0..<rows.count, in: layout))
    case .scaled(let kernel, let scale):
      try forEachPart(of: kernel, in: layout, multipliedBy: try scale(), body)
    }
  }

  /// Parts are whole blocks of rows, whatever the order.
  private func forEachPart(
    of tensor: Tensor, in layout: TensorLayout, multipliedBy factors: [Double]?,
    _ body: (Bytes) throws(ReadError) -> Void
  ) throws(ReadError) {
    let rows = try tensor.rows()
    let blockByteCount = max(BlockedLayout.width * rows.length * elementType.byteCount, 1)
    let step =
      max(DeferredParameter.partByteCount / blockByteCount, 1) * BlockedLayout.width
    for start in stride(from: 0, to: rows.count, by: step) {
      let part = start..<min(start + step, rows.count)
      try body(try bytes(of: rows, part, in: layout, multipliedBy: factors))
      rows.releasePages(part)
    }
  }

  /// Some rows of the source's tensor, in the type that is asked for.
  private func bytes(
    of rows: TensorRows, _ part: Range<Int>, in layout: TensorLayout,
    multipliedBy factors: [Double]?
  ) throws(ReadError) -> Bytes {
    guard content.elementType != elementType else {
      return try rows.bytes(part, in: layout, multipliedBy: factors)
    }
    var values: [Double] = []
    values.reserveCapacity(part.count * rows.length)
    for row in part {
      let elements = rows[row]
      if let factor = factors?[row] {
        values += elements.map { $0 * factor }
      } else {
        values += elements
      }
    }
    let tensor = Tensor(
      rounding: values, to: elementType, shape: [part.count] + shape.dropFirst())
    return layout == .blocked ? try tensor.blockedBytes() : try tensor.contiguousBytes()
  }
}

extension Network {
  /// The parameters in a form, in its order, each made when it is asked for.
  ///
  /// Folding a batch norm into the convolution before it computes, for each output channel with
  /// scale = γ / √(variance + ε): weight · scale and β − mean · scale, in 64 bits and rounded once,
  /// to the type that the convolution's weight came with.
  ///
  /// - Precondition: The network is not folded where its norms are to be separate.
  public func deferredParameters(_ form: NormalizationForm) -> [DeferredParameter] {
    precondition(form == self.form || form == .folded, "folded norms cannot be taken out again")
    guard form != self.form else {
      return program.parameters.map(unchanged)
    }
    var folded: [ParameterSlot: DeferredParameter] = [:]
    for layer in program.layers {
      for (unit, convolution) in layer.convolutions {
        guard let norm = convolution.batchNorm else { continue }
        let folding = Folding(convolution, norm, unit: unit, of: layer, in: self)
        folded[layer.slot(.convolutionWeight, ofUnit: unit)] = folding.weight
        folded[layer.slot(.convolutionBias, ofUnit: unit)] = folding.bias
      }
    }
    return program.folded.parameters.map { folded[$0.slot] ?? unchanged($0) }
  }

  /// The network with every batch norm folded into the convolution before it.
  ///
  /// - Throws: `network.parameter` where a variance is negative or not finite; `io.memory`.
  /// - Complexity: O(*n*) in the number of parameters.
  public func folded() throws(ReadError) -> Network {
    var folded: [ParameterSlot: Tensor] = [:]
    for parameter in deferredParameters(.folded) {
      folded[parameter.slot] = try parameter.tensor()
    }
    return try Network(program.folded, tensors: folded, supplied: supplied)
  }

  private func unchanged(_ specification: ParameterSpecification) -> DeferredParameter {
    let tensor = self[specification.slot]!
    return DeferredParameter(
      slot: specification.slot, name: specification.name, elementType: tensor.elementType,
      shape: tensor.shape, content: .unchanged(tensor))
  }
}

/// A convolution and the batch norm that is folded into it.
private struct Folding: Sendable {
  private let convolution: Convolution
  private let norm: BatchNorm
  private let program: LayerProgram
  private let unit: Int
  private let kernel: Tensor
  private let gamma: Tensor
  private let beta: Tensor
  private let mean: Tensor
  private let variance: Tensor
  /// The convolution's own bias, where it has one.
  private let ownBias: Tensor?

  init(
    _ convolution: Convolution, _ norm: BatchNorm, unit: Int, of program: LayerProgram,
    in network: Network
  ) {
    func tensor(_ role: ParameterRole) -> Tensor { network[program.slot(role, ofUnit: unit)]! }
    self.convolution = convolution
    self.norm = norm
    self.program = program
    self.unit = unit
    kernel = tensor(.convolutionWeight)
    gamma = tensor(.normWeight)
    beta = tensor(.normBias)
    mean = tensor(.runningMean)
    variance = tensor(.runningVariance)
    ownBias = convolution.hasBias ? tensor(.convolutionBias) : nil
  }

  var weight: DeferredParameter {
    DeferredParameter(
      slot: program.slot(.convolutionWeight, ofUnit: unit),
      name: program.name(.convolutionWeight, ofUnit: unit), elementType: kernel.elementType,
      shape: kernel.shape,
      content: .scaled(kernel) { () throws(ReadError) -> [Double] in try scale() })
  }

  var bias: DeferredParameter {
    DeferredParameter(
      slot: program.slot(.convolutionBias, ofUnit: unit),
      name: program.name(.convolutionBias, ofUnit: unit), elementType: kernel.elementType,
      shape: [convolution.outputChannels],
      content: .computed { () throws(ReadError) -> [Double] in
        let scale = try scale()
        let offsets = try beta.doubles()
        let means = try mean.doubles()
        let own = try ownBias?.doubles() ?? [Double](repeating: 0, count: scale.count)
        return scale.indices.map { offsets[$0] + (own[$0] - means[$0]) * scale[$0] }
      })
  }

  private func scale() throws(ReadError) -> [Double] {
    let variances = try variance.doubles()
    if let channel = variances.firstIndex(where: { !($0 + norm.epsilon > 0 && $0.isFinite) }) {
      throw ReadError(
        .networkParameter, "the variance cannot be folded",
        path: [program.name(.runningVariance, ofUnit: unit)],
        expected: "finite numbers that are not negative",
        found: "\(variances[channel]) in channel \(channel)")
    }
    return zip(try gamma.doubles(), variances).map { gamma, variance in
      gamma / (variance + norm.epsilon).squareRoot()
    }
  }
}
