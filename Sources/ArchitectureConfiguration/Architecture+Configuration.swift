public import BinaryInput
public import NetworkFamilies
import NetworkProgram
public import StrictJSON

extension ErrorCode {
  /// A configuration lacks a key, or a key has a value that means nothing.
  public static let configuration = ErrorCode("configuration.value")
}

extension Architecture {
  /// Reads NVIDIA's configuration: a list of a data object and one object a layer.
  ///
  /// Keys that mean nothing are passed over, as the original code does.
  ///
  /// - Throws: `configuration.value` naming the object and the key; `layer.field` and
  ///   `architecture.structure` where the values make up no network.
  public init(configuration: JSONValue) throws(ReadError) {
    guard case .array(let objects) = configuration, let first = objects.first, objects.count > 2
    else {
      throw ReadError(
        .configuration, "no configuration",
        expected: "a list of a data object and at least two layers")
    }
    let data = try LayerFacts(first, at: 1)
    guard try data.text("layer_type") == "data" else {
      throw data.error("layer_type", expected: "\"data\" in the first object")
    }
    let grammar: Grammar = try data.flag("distill") ? .distilled : .plain
    let resolution = try data.resolution("img_resolution")
    var entries: [Entry] = []
    for (index, object) in objects.enumerated().dropFirst() {
      let facts = try LayerFacts(object, at: index + 1)
      do {
        entries.append(Entry(try facts.layer(grammar), stage: try facts.optionalInteger("stage")))
      } catch {
        throw error.path.isEmpty ? error.within(facts.place) : error
      }
    }
    let tail = try LayerFacts(objects[objects.count - 1], at: objects.count)
    try self.init(
      entries: entries, resolution: resolution, classCount: try tail.integer("num_classes"))
  }

  /// NVIDIA's configuration of this architecture; ``init(configuration:)`` reads it back.
  public var configuration: JSONValue {
    let data: [(String, JSONValue)] = [
      ("layer_type", .string("data")),
      (
        "img_resolution",
        resolution.height == resolution.width
          ? JSONValue(resolution.height)
          : [JSONValue(resolution.height), JSONValue(resolution.width)]
      ),
      ("distill", .bool(convention.grammar == .distilled)),
    ]
    let layers = entries.map { entry in
      var members = entry.layer.configurationMembers
      if let stage = entry.stage { members.append(("stage", JSONValue(stage))) }
      if entry.layer.kind.facts.position == .last {
        members.append(("num_classes", JSONValue(classCount)))
      }
      return JSONValue.object(JSONObject(members))
    }
    return .array([.object(JSONObject(data))] + layers)
  }
}

extension Layer {
  /// The keys of the layer's object that do not depend on its place.
  fileprivate var configurationMembers: [(String, JSONValue)] {
    let facts = kind.facts
    var members: [(String, JSONValue)] = [
      ("layer_type", .string(facts.configurationType ?? kind.rawValue)),
      ("num_in_channels", JSONValue(inputChannels)),
      ("num_out_channels", JSONValue(outputChannels)),
    ]
    for field in facts.fields {
      switch field {
      case .stride where facts.fixedStride == nil: members.append(("stride", JSONValue(stride)))
      case .expansion:
        members.append(
          (
            "expansion",
            expansion.isWhole ? JSONValue(Int(expansion.value)) : JSONValue(expansion.value)
          ))
      case .kernelSize: members.append(("kernel_size", JSONValue(kernelSize)))
      case .groups: members.append(("groups", JSONValue(groups)))
      case .activation where activation != facts.defaultActivation:
        members.append(("act", .string(activation.rawValue)))
      case .squeezeExcite: members.append(("use_se", .bool(hasSqueezeExcite)))
      case .middleChannels where middleChannels != Layer.distilledEpilogueMiddleChannels:
        members.append(("num_middle_channels", JSONValue(middleChannels)))
      case .stride, .activation, .middleChannels, .inputChannels, .outputChannels, .residual: break
      }
    }
    return members
  }
}

/// One object of a configuration.
private struct LayerFacts {
  let place: String
  private let object: JSONObject

  init(_ value: JSONValue, at position: Int) throws(ReadError) {
    place = "object \(position)"
    guard case .object(let object) = value else {
      throw ReadError(.configuration, "not an object", path: [place])
    }
    self.object = object
  }

  func layer(_ grammar: Grammar) throws(ReadError) -> Layer {
    let type = try text("layer_type")
    guard let kind = LayerKind(configurationType: type, grammar: grammar) else {
      let types = LayerKind.allCases.filter { $0.facts.grammar == grammar }
        .compactMap(\.facts.configurationType)
      throw error("layer_type", expected: types.joined(separator: ", "))
    }
    let fields = kind.facts.fields
    func integer(_ key: String, where field: LayerField) throws(ReadError) -> Int? {
      fields.contains(field) ? try self.integer(key) : nil
    }
    return try Layer(
      kind, kernelSize: try integer("kernel_size", where: .kernelSize),
      expansion: fields.contains(.expansion) ? try expansion("expansion") : nil,
      groups: try integer("groups", where: .groups) ?? 1,
      inputChannels: try self.integer("num_in_channels"),
      middleChannels: fields.contains(.middleChannels)
        ? try optionalInteger("num_middle_channels") : nil,
      outputChannels: try self.integer("num_out_channels"),
      stride: kind.facts.fixedStride == nil ? try self.integer("stride") : nil,
      activation: try activation("act", kind),
      hasSqueezeExcite: fields.contains(.squeezeExcite) ? try flag("use_se") : false)
  }

  func text(_ key: String) throws(ReadError) -> String {
    guard case .string(let text)? = object[key] else { throw error(key, expected: "a text") }
    return text
  }

  func flag(_ key: String) throws(ReadError) -> Bool {
    guard case .bool(let flag)? = object[key] else {
      throw error(key, expected: "true or false")
    }
    return flag
  }

  func integer(_ key: String) throws(ReadError) -> Int {
    guard case .number(let number)? = object[key], let integer = number.integer else {
      throw error(key, expected: "a whole number")
    }
    return integer
  }

  func optionalInteger(_ key: String) throws(ReadError) -> Int? {
    object[key] == nil ? nil : try integer(key)
  }

  func resolution(_ key: String) throws(ReadError) -> Resolution {
    var sides = [object[key]]
    if case .array(let values)? = object[key] { sides = values }
    let numbers = sides.compactMap { side -> Int? in
      if case .number(let number)? = side { number.integer } else { nil }
    }
    guard numbers.count == sides.count, (1...2).contains(numbers.count),
      let resolution = Resolution(height: numbers[0], width: numbers[numbers.count - 1])
    else { throw error(key, expected: "1 to \(Resolution.maximum) pixels") }
    return resolution
  }

  private func expansion(_ key: String) throws(ReadError) -> Expansion {
    if case .number(let number)? = object[key] {
      let isFraction = number.literal.contains { ".eE".contains($0) }
      let expansion =
        isFraction ? Expansion(number.double) : number.integer.flatMap { Expansion($0) }
      if let expansion { return expansion }
    }
    throw error(key, expected: "a number above 0 and up to \(Expansion.maximum)")
  }

  private func activation(_ key: String, _ kind: LayerKind) throws(ReadError) -> Activation {
    // The distilled family reads no activation: its layers know only one.
    if let only = kind.facts.defaultActivation,
      object[key] == nil || kind.facts.grammar == .distilled
    {
      return only
    }
    guard let activation = Activation(rawValue: try text(key)),
      Convention.gpunetActivations.contains(activation)
    else {
      throw error(
        key, expected: Convention.gpunetActivations.map(\.rawValue).joined(separator: " or "))
    }
    return activation
  }

  func error(_ key: String, expected: String) -> ReadError {
    ReadError(
      .configuration, "the value does not fit", path: [place, key], expected: expected,
      found: object[key]?.serialized(pretty: false) ?? "nothing")
  }
}
