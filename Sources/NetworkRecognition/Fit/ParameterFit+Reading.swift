public import BinaryInput
import NetworkFamilies
import NetworkProgram
public import TensorData

extension ParameterFit {
  /// The parameters, read from a file and made of their parts.
  ///
  /// - Throws: What reading throws; `recognition.parametrisation` where parts do not fit each other;
  ///   `io.memory`.
  /// - Precondition: The tensors are in the group.
  public func parameters(
    from container: any TensorContainer, ofGroup index: Int
  ) throws(ReadError) -> StateDict {
    let specifications = architecture.parameters(form)
    let used = Set(sources.values.flatMap(\.names))
    // In the order of the file, which is that of its pages.
    let names = container.groups[index].names.filter { used.contains($0) }
    let tensors = try container.tensors(names, ofGroup: index)
    var parameters = StateDict()
    for specification in specifications {
      guard let source = sources[specification.name] else { continue }
      let isNew = parameters.append(
        try source.tensor(from: tensors), named: specification.name)
      precondition(isNew, "names of parameters are unique")
    }
    return parameters
  }

  /// What is known of the parameters without reading them.
  func entries(_ candidate: Candidate) -> [TensorGroup.Entry] {
    let members = Dictionary(
      candidate.members.map { ($0.sourceName, $0) }, uniquingKeysWith: { first, _ in first })
    var entries: [TensorGroup.Entry] = []
    let found = Dictionary(
      misshapen.map { ($0.specification.name, $0.found) }, uniquingKeysWith: { first, _ in first })
    for specification in architecture.parameters(form) {
      if let shape = found[specification.name] {
        entries.append(TensorGroup.Entry(specification.name, shape: shape, elementType: nil))
      } else if let source = sources[specification.name] {
        let type = source.names.first.flatMap { members[$0]?.elementType }
        entries.append(
          TensorGroup.Entry(
            specification.name, shape: specification.shape,
            elementType: source.isCount ? .i64 : type))
      }
    }
    return entries
  }
}
