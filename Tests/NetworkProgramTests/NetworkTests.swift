import BinaryInput
import NetworkFamilies
import NetworkProgram
import TensorData
import Testing

@Suite struct `Batch-norm folding` {
  static let architecture: Architecture = {
    let texts = ["prologue_i3_o2_s2_relu", "epilogue_i2_o2_s1_relu"]
    return try! Architecture(
      entries: texts.map { Architecture.Entry(try Layer(parsing: $0), stage: nil) },
      resolution: Resolution(square: 8)!, classCount: 2)
  }()

  static func network(
    _ type: ElementType = .f32, changing name: String = "", to value: Double = 0
  ) throws -> Network {
    var parameters = StateDict()
    for specification in architecture.parameters(.separate) {
      let count = specification.shape.reduce(1, *)
      let tensor: Tensor
      if specification.role == .batchCount {
        tensor = Tensor([Int64(7)], shape: [])
      } else {
        var values = (0..<count).map { 0.25 + 0.5 * Double($0 % 5) }
        if specification.name.hasSuffix(name), !name.isEmpty { values[0] = value }
        tensor = Tensor(rounding: values, to: type, shape: specification.shape)
      }
      let isNew = parameters.append(tensor, named: specification.name)
      #expect(isNew)
    }
    return try Network(architecture: architecture, form: .separate, parameters: parameters)
  }

  @Test func `scales the kernel and moves the bias`() throws {
    let network = try Self.network(.f64)
    let folded = try network.folded()
    #expect(folded.form == .folded)
    #expect(
      folded.parameters.names == [
        "network.head: 2.net.0.weight", "network.head: 2.net.0.bias",
        "network. layer3.net.0.weight", "network. layer3.net.0.bias",
        "network. layer3.net.6.weight", "network. layer3.net.6.bias",
      ])
    // By hand, channel 1: γ = 0.75, β = 0.75, mean = 0.75, variance = 0.75, ε = 0.001.
    let scale = 0.75 / 0.751.squareRoot()
    let weight = try folded.parameters["network.head: 2.net.0.weight"]!.doubles()
    #expect(abs(weight[27] - (0.25 + 0.5 * 2) * scale) < 1e-15)
    let bias = try folded.parameters["network.head: 2.net.0.bias"]!.doubles()
    #expect(abs(bias[1] - (0.75 - 0.75 * scale)) < 1e-15)
  }

  @Test(arguments: [ElementType.f32, .f16, .bf16])
  func `rounds once to the type of the source`(type: ElementType) throws {
    let wide = try Self.network(.f64).folded()
    let narrow = try Self.network(type).folded()
    // The values of the source are exact in every type, so only the last rounding differs.
    for (name, tensor) in narrow.parameters {
      #expect(tensor.elementType == type)
      let rounded = Tensor(
        rounding: try wide.parameters[name]!.doubles(), to: type, shape: tensor.shape)
      #expect(try tensor.contiguousBytes() == rounded.contiguousBytes(), "\(name)")
    }
  }

  @Test(arguments: [TensorLayout.rowMajor, .blocked], NormalizationForm.allCases)
  func `is rounded once to another type`(layout: TensorLayout, form: NormalizationForm) throws {
    // The numbers are exact in both types of the source, so only the last rounding differs.
    let wide = try Self.network(.f64).deferredParameters(form)
    for (parameter, exact) in zip(try Self.network(.bf16).deferredParameters(form), wide)
    where parameter.elementType.isFloatingPoint {
      for type in [ElementType.f16, .bf16, .f32] {
        let converted = parameter.converted(to: type)
        #expect(converted.name == parameter.name)
        let expected = try exact.tensor().converted(to: type)
        #expect(try converted.tensor().contiguousBytes() == expected.contiguousBytes())
        var parts: [Bytes] = []
        try converted.forEachPart(in: layout) { (part: Bytes) throws(ReadError) in
          parts.append(part)
        }
        let whole =
          layout == .blocked ? try expected.blockedBytes() : try expected.contiguousBytes()
        #expect(parts == [whole], "\(parameter.name) as \(type)")
        #expect(converted.byteCount(in: layout) == whole.count)
      }
    }
  }

  @Test(arguments: [-1.0, .nan, .infinity])
  func `refuses a variance that is none`(variance: Double) throws {
    let network = try Self.network(changing: "net.1.running_var", to: variance)
    let error = #expect(throws: ReadError.self) { try network.folded() }
    #expect(error?.code == .networkParameter)
    #expect(error?.path == ["network.head: 2.net.1.running_var"])
  }

  @Test func `needs every parameter in its shape`() throws {
    let whole = try Self.network().parameters
    for missing in whole.names {
      var parameters = StateDict()
      for (name, tensor) in whole where name != missing {
        let isNew = parameters.append(tensor, named: name)
        #expect(isNew)
      }
      let error = #expect(throws: ReadError.self) {
        try Network(architecture: Self.architecture, form: .separate, parameters: parameters)
      }
      #expect(error?.code == .networkParameter)
      #expect(error?.path == [missing])
    }
    var reshaped = whole
    reshaped.replace(
      try whole["network. layer3.net.0.weight"]!.reshaped(to: [1, 4, 1, 1]),
      named: "network. layer3.net.0.weight")
    #expect(throws: ReadError.self) {
      try Network(architecture: Self.architecture, form: .separate, parameters: reshaped)
    }
  }
}
